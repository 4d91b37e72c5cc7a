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
import { useFormat } from '@/lib/format';
import { InstanceStepper, InstanceSteppers } from '@/ui/InstanceStepper';
import { useController, useDesigner, useDesignerParts } from '../state/context';

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
    <InstanceSteppers>
      {containers.map((id) => (
        <InstancePicker key={id} container={id} />
      ))}
    </InstanceSteppers>
  );
}

function InstancePicker({ container }: { container: string }) {
  const { t } = useTranslation('designer');
  const format = useFormat();
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
  return (
    <InstanceStepper
      container={container}
      title={title}
      at={at}
      count={items.count}
      failed={failed}
      onShow={(index) => void controller.showInstance(container, index)}
      texts={{
        previous: t('instance.previous', { name: title }),
        next: t('instance.next', { name: title }),
        number: t(loop ? 'instance.round' : 'instance.item', { name: title }),
        of: t('instance.of', { n: format.number(items.count) }),
        failed: t('instance.failed'),
      }}
    />
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
