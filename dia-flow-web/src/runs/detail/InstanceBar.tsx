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
import { InstanceStepper, InstanceSteppers } from '@/ui/InstanceStepper';
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
    <InstanceSteppers>
      {containers.map((id) => (
        <Picker key={id} document={document} container={id} shown={shown} byPath={byPath} />
      ))}
    </InstanceSteppers>
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
  const title = node.title || container;
  const failed =
    step.items.failed > 0 || step.status === 'failed'
      ? failedInstances(step as CoreStep, byPath as Record<string, CoreStep>, step.node_id)
      : [];
  return (
    <InstanceStepper
      container={container}
      title={title}
      at={shown.instances[container] ?? 0}
      count={count}
      failed={failed}
      onShow={(index) => shown.show(container, index)}
      texts={{
        previous: t('instance.previous', { name: title }),
        next: t('instance.next', { name: title }),
        number: t(node.type === 'control.loop' ? 'instance.which_round' : 'instance.which', {
          name: title,
        }),
        of: t('instance.of', { n: format.number(count) }),
        failed: t('instance.failed'),
      }}
    />
  );
}
