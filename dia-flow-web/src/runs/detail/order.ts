import type { Step } from '@/api';
import { bodyFields, bodyOf, type FlowDocument, type FlowNode } from '@/flow-core';

/** A step with how many containers lie around its node. */
export interface Row {
  step: Step;
  node: string;
  depth: number;
}

/** Steps as they began, those of containers below them; those that have not begun stand as in the document. */
export function orderedRows(steps: Readonly<Record<string, Step>>, doc?: FlowDocument): Row[] {
  if (!doc) {
    return Object.entries(steps).map(([node, step]) => ({ step, node, depth: 0 }));
  }
  const rows: Row[] = [];
  const level = (nodes: readonly FlowNode[], depth: number) => {
    const begun = nodes
      .flatMap((node, place) => {
        const step = steps[node.id];
        return step ? [{ node, step, place }] : [];
      })
      .sort((a, b) => startOf(a.step) - startOf(b.step) || a.place - b.place);
    for (const { node, step } of begun) {
      rows.push({ step, node: node.id, depth });
      for (const field of bodyFields(node)) level(bodyOf(node, field), depth + 1);
    }
  };
  level(doc.spec.nodes, 0);
  return rows;
}

/** Times later than any other stand for steps that have not begun; equal, so that their difference is 0. */
const NEVER = Number.MAX_SAFE_INTEGER;

function startOf(step: Step): number {
  return step.started_at ? new Date(step.started_at).getTime() : NEVER;
}
