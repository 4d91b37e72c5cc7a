import {
  type FieldSpec,
  type FlowNode,
  isAtOrBelow,
  isSet,
  type JsonSchema,
  normalPath,
  shownFields,
} from '@/flow-core';
import { MoreOptions } from '@/ui/MoreOptions';
import { Field } from '../fields/Field';
import { useDesigner } from '../state/context';

interface Props {
  node: FlowNode;
  fields: FieldSpec[];
  root: JsonSchema;
}

/** The form of a node's configuration: what most need, then what few need. */
export function NodeFields({ node, fields, root }: Props) {
  const shown = shownFields(fields, node.with);
  const more = shown.filter((spec) => spec.more);
  const urgent = useSought(
    node.id,
    more.map((spec) => `with.${spec.name}`),
  );
  const field = (spec: FieldSpec) => (
    <Field
      key={spec.name}
      nodeId={node.id}
      spec={spec}
      root={root}
      path={['with', spec.name]}
      value={node.with?.[spec.name]}
    />
  );
  return (
    <>
      {shown.filter((spec) => !spec.more).map(field)}
      {more.length > 0 && (
        <MoreOptions set={more.filter((spec) => isSet(spec, node.with)).length} urgent={urgent}>
          {more.map(field)}
        </MoreOptions>
      )}
    </>
  );
}

/** Whether one of the places has a problem, of the flow as it is or of its last run, or is being gone to. */
function useSought(nodeId: string, places: string[]): boolean {
  return useDesigner((s) => {
    const told = [
      ...(s.problemsOf.get(nodeId) ?? []),
      ...(s.steps[nodeId]?.error?.details ?? []),
      ...(s.focusField?.node === nodeId ? [s.focusField] : []),
    ];
    return told.some(({ field }) => {
      const at = field ? normalPath(field) : '';
      return places.some((place) => isAtOrBelow(at, place));
    });
  });
}
