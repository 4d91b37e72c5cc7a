import { ActionIcon, NumberInput, Tooltip } from '@mantine/core';
import { IconAlertTriangle, IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import {
  containersOf,
  failedInstances,
  isContainer,
  isNumbered,
  nodeById,
  type Step,
  stepPath,
} from '@/flow-core';
import { formatCount } from '../format';
import { useController, useDesigner, useDesignerParts } from '../state/context';
import classes from './drawer.module.css';

/** Which item or round of the containers around a node is shown. */
export function InstancePickers({ node }: { node: string }) {
  const containers = useDesignerParts((s) => {
    const doc = s.history.document;
    const own = nodeById(doc, node);
    const around = containersOf(doc, node).toReversed();
    const all = own && isContainer(own) ? [...around, node] : around;
    return all.filter((id) => isNumbered(doc, id) && (s.steps[id]?.items?.count ?? 0) > 0);
  });
  if (containers.length === 0) return null;
  return (
    <div className={classes.instances}>
      {containers.map((id) => (
        <InstancePicker key={id} container={id} />
      ))}
    </div>
  );
}

function InstancePicker({ container }: { container: string }) {
  const { t, i18n } = useTranslation('designer');
  const controller = useController();
  const title = useDesigner((s) => nodeById(s.history.document, container)?.title || container);
  const loop = useDesigner((s) => nodeById(s.history.document, container)?.type === 'control.loop');
  const items = useDesigner((s) => s.steps[container]?.items);
  const at = useDesigner((s) => s.instances[container] ?? 0);
  const failed = useDesignerParts((s) => failedOf(s.steps[container], s.byPath, pathOf(s)));
  if (!items) return null;

  function pathOf(s: Parameters<Parameters<typeof useDesigner>[0]>[0]): string {
    return stepPath(s.history.document, container, s.instances);
  }
  const show = (index: number) =>
    void controller.showInstance(container, Math.min(items.count - 1, Math.max(0, index)));
  const nextFailed = failed.find((index) => index > at) ?? failed[0];
  return (
    <div className={classes.instance} data-testid={`instance-${container}`}>
      <span className={classes.instanceName} title={title}>
        {title}
      </span>
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
        max={items.count}
        allowDecimal={false}
        value={at + 1}
        onChange={(value) => typeof value === 'number' && value >= 1 && show(value - 1)}
        aria-label={t(loop ? 'instance.round' : 'instance.item', { name: title })}
        styles={{ input: { textAlign: 'right', minHeight: 24, height: 24 } }}
        data-testid={`instance-number-${container}`}
      />
      <span className={classes.instanceOf}>
        {t('instance.of', { n: formatCount(items.count, i18n.language) })}
      </span>
      <ActionIcon
        size={24}
        disabled={at >= items.count - 1}
        aria-label={t('instance.next', { name: title })}
        onClick={() => show(at + 1)}
        data-testid={`instance-next-${container}`}
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

function failedOf(
  step: Step | undefined,
  byPath: Readonly<Record<string, Step>>,
  path: string,
): number[] {
  return step?.items?.failed || step?.status === 'failed'
    ? failedInstances(step, byPath, path)
    : [];
}
