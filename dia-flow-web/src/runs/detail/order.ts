import type { RunGraph, Step } from '@/api';

/** Steps as they began; those that have not begun stand as in the document. */
export function orderedSteps(steps: Step[], document?: RunGraph['document']): Step[] {
  const place = new Map((document?.spec.nodes ?? []).map((node, index) => [node.id, index]));
  const rank = (step: Step) => place.get(step.node_id) ?? Number.MAX_SAFE_INTEGER;
  const start = (step: Step) =>
    step.started_at ? new Date(step.started_at).getTime() : Number.POSITIVE_INFINITY;
  return [...steps].sort((a, b) => {
    const difference = start(a) - start(b);
    if (difference && !Number.isNaN(difference)) return difference;
    return rank(a) - rank(b) || a.node_id.localeCompare(b.node_id);
  });
}
