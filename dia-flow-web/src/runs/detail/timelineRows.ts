import type { Step, StepStatus } from '@/api';
import { type FlowDocument, isNumbered } from '@/flow-core';
import { type Span, spanOf } from './gantt';
import { instancesOf } from './instances';
import type { Row } from './order';

/** One line of the timeline. */
export interface TimelineRow {
  key: string;
  kind: 'step' | 'instance';
  depth: number;
  name: string;
  status: StepStatus;
  attempt: number;
  span: Span;
  /** Path of the step, or of the instance. */
  path: string;
  /** Node of the step; of an instance, its container. */
  node: string;
  index?: number;
  /** Of a container: whether its items or rounds are shown; undefined when there is nothing to unfold. */
  open?: boolean;
}

interface Options {
  byPath: Readonly<Record<string, Step>>;
  doc: FlowDocument | undefined;
  /** Containers whose items or rounds are shown. */
  open: ReadonlySet<string>;
  /** What an item or round is called. */
  label: (container: string, index: number) => string;
}

/** The steps, and below each unfolded container all its items or rounds. */
export function timelineRows(rows: readonly Row[], options: Options): TimelineRow[] {
  const { byPath, doc, open, label } = options;
  return rows.flatMap(({ step, node, depth }): TimelineRow[] => {
    const instances =
      doc && step.items && isNumbered(doc, node) ? instancesOf(byPath, step.node_id) : [];
    const own: TimelineRow = {
      key: step.node_id,
      kind: 'step',
      depth,
      name: step.title || node,
      status: step.status,
      attempt: step.attempt,
      span: spanOf(step),
      path: step.node_id,
      node,
      ...(instances.length > 0 ? { open: open.has(node) } : {}),
    };
    if (!own.open) return [own];
    return [
      own,
      ...instances.map(
        ({ index, path, status, start, end }): TimelineRow => ({
          key: path,
          kind: 'instance',
          depth: depth + 1,
          name: label(node, index),
          status,
          attempt: 1,
          span: { start, end },
          path,
          node,
          index,
        }),
      ),
    ];
  });
}
