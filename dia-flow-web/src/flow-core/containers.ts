import { type Edit, snap, withSpec } from './edits';
import { incomingEdges } from './graph';
import { withoutLostResult, withoutUnseen } from './scope';
import {
  type BodyRef,
  bodyOfNode,
  idsWithin,
  indexOf,
  isContainer,
  mapTree,
  nodeById,
  sameBody,
  withNodesIn,
} from './tree';
import type { FlowDocument, Position } from './types';

/** Why nodes cannot be moved into a body; undefined when they can. */
export function whyNotMove(
  doc: FlowDocument,
  ids: readonly string[],
  into: BodyRef | null,
): 'into_itself' | 'no_such_node' | undefined {
  if (into && !nodeById(doc, into.container)) return 'no_such_node';
  for (const id of ids) {
    const node = nodeById(doc, id);
    if (!node) return 'no_such_node';
    if (into && (id === into.container || idsWithin(node).includes(into.container))) {
      return 'into_itself';
    }
  }
  return undefined;
}

/**
 * Moves nodes into a body, or with null out to the top of the flow; layout is where they stand there. What takes from a
 * node that it can no longer see lets go of it.
 */
export function moveInto(
  ids: readonly string[],
  into: BodyRef | null,
  layout: Record<string, Position> = {},
): Edit {
  return {
    label: 'move_into',
    apply: (doc) => {
      if (whyNotMove(doc, ids, into)) return doc;
      const moving = ids.filter((id) => !sameBody(bodyOfNode(doc, id), into));
      const next = moving.length > 0 ? relocate(doc, moving, into) : doc;
      const placed: Record<string, number[]> = { ...doc.spec.layout };
      for (const [id, position] of Object.entries(layout)) {
        placed[id] = [...snap(position), ...(placed[id] ?? []).slice(2)];
      }
      return withSpec(next, { layout: placed });
    },
  };
}

function relocate(doc: FlowDocument, ids: readonly string[], into: BodyRef | null): FlowDocument {
  const chosen = new Set(ids);
  // The order of the document is kept, since the last node of a body gives its result.
  const taken = [...indexOf(doc).values()].flatMap(({ node }) =>
    chosen.has(node.id) ? [node] : [],
  );
  const left = withSpec(doc, {
    nodes: mapTree(doc.spec.nodes, (node) => (chosen.has(node.id) ? null : node)),
  });
  const moved = withNodesIn(left, into, (nodes) => [...nodes, ...taken]);
  const inside = new Set(taken.flatMap((node) => [node.id, ...idsWithin(node)]));
  const nodes = mapTree(moved.spec.nodes, (node) => {
    const feels =
      inside.has(node.id) || incomingEdges(node).some((edge) => inside.has(edge.source));
    if (feels) return withoutUnseen(moved, node);
    return isContainer(node) ? withoutLostResult(node) : node;
  });
  return withSpec(moved, { nodes });
}
