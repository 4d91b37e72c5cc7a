import { ActionIcon, NumberInput, Tooltip } from '@mantine/core';
import { IconAlertTriangle, IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Step } from '@/api';
import {
  type Step as CoreStep,
  containersOf,
  type FlowDocument,
  failedInstances,
  isContainer,
  isNumbered,
  nodeById,
} from '@/flow-core';
import { useFormat } from '@/lib/format';
import classes from './detail.module.css';
import type { Shown } from './useInstances';

interface Props {
  document: FlowDocument;
  /** The node whose step is shown. */
  node: string;
  shown: Shown;
  byPath: Record<string, Step>;
}

/** Which item or round is shown of each container around a node. */
export function InstanceBar({ document, node, shown, byPath }: Props) {
  const own = nodeById(document, node);
  const around = containersOf(document, node).toReversed();
  const containers = (own && isContainer(own) ? [...around, node] : around).filter(
    (id) => isNumbered(document, id) && (shown.steps[id]?.items?.count ?? 0) > 0,
  );
  if (containers.length === 0) return null;
  return (
    <div className={classes.instances}>
      {containers.map((id) => (
        <Picker key={id} document={document} container={id} shown={shown} byPath={byPath} />
      ))}
    </div>
  );
}

function Picker({
  document,
  container,
  shown,
  byPath,
}: Omit<Props, 'node'> & { container: string }) {
  const { t } = useTranslation('runs');
  const format = useFormat();
  const step = shown.steps[container];
  const node = nodeById(document, container);
  if (!step?.items || !node) return null;
  const { count } = step.items;
  const at = shown.instances[container] ?? 0;
  const title = node.title || container;
  const failed =
    step.items.failed > 0 || step.status === 'failed'
      ? failedInstances(step as CoreStep, byPath as Record<string, CoreStep>, step.node_id)
      : [];
  const nextFailed = failed.find((index) => index > at) ?? failed[0];
  const show = (index: number) => shown.show(container, Math.min(count - 1, Math.max(0, index)));
  return (
    <div className={classes.instance} data-testid={`instance-${container}`}>
      <b>{title}</b>
      <ActionIcon
        size={24}
        disabled={at <= 0}
        aria-label={t('instance.previous', { name: title })}
        onClick={() => show(at - 1)}
      >
        <IconChevronLeft size={15} />
      </ActionIcon>
      <NumberInput
        size="xs"
        w={64}
        hideControls
        min={1}
        max={count}
        allowDecimal={false}
        value={at + 1}
        onChange={(value) => typeof value === 'number' && value >= 1 && show(value - 1)}
        aria-label={t(node.type === 'control.loop' ? 'instance.which_round' : 'instance.which', {
          name: title,
        })}
        styles={{ input: { textAlign: 'right', minHeight: 24, height: 24 } }}
        data-testid={`instance-number-${container}`}
      />
      <span>{t('instance.of', { n: format.number(count) })}</span>
      <ActionIcon
        size={24}
        disabled={at >= count - 1}
        aria-label={t('instance.next', { name: title })}
        onClick={() => show(at + 1)}
      >
        <IconChevronRight size={15} />
      </ActionIcon>
      {nextFailed !== undefined && (
        <Tooltip label={t('instance.failed')}>
          <ActionIcon
            size={24}
            color="red"
            aria-label={t('instance.failed')}
            onClick={() => show(nextFailed)}
            data-testid={`instance-failed-${container}`}
          >
            <IconAlertTriangle size={15} />
          </ActionIcon>
        </Tooltip>
      )}
    </div>
  );
}
