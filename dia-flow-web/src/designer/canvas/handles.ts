import {
  type BodyField,
  type BodyRef,
  CARD,
  type ConnectionAttempt,
  type FlowNode,
  ITEM,
  inputPorts,
  NAMED,
  type NodeType,
  outputPorts,
} from '@/flow-core';

/** Where edges into a folded container end that lead to nodes within it. */
export const INNER = '__inner';

const ITEM_PREFIX = 'item:';

/** The handle inside of a container from which its body takes the item. */
export const itemHandle = (field: BodyField) => `${ITEM_PREFIX}${field}`;

/** The body whose item a handle gives; undefined for every other handle. */
export function itemBodyOf(
  container: string,
  handle: string | null | undefined,
): BodyRef | undefined {
  return handle?.startsWith(ITEM_PREFIX)
    ? { container, field: handle.slice(ITEM_PREFIX.length) as BodyField }
    : undefined;
}

interface Ends {
  source: string;
  target: string;
  sourceHandle?: string | null;
  targetHandle?: string | null;
}

/** A connection of the canvas in the words of the document. */
export function attemptOf(ends: Ends): ConnectionAttempt {
  const item = itemBodyOf(ends.source, ends.sourceHandle);
  return {
    source: item ? ITEM : ends.source,
    sourcePort: item ? '' : (ends.sourceHandle ?? ''),
    target: ends.target,
    targetPort: ends.targetHandle ?? '',
    ...(item ? { item } : {}),
  };
}

/** How many lines a card has below its head for the names of ports, which are shown where a side has several. */
export function portRows(
  node: FlowNode,
  type: NodeType | undefined,
  outputs = outputPorts(node, type),
): number {
  const inputs = inputPorts(node, type).length;
  return Math.max(
    inputs > 1 ? inputs + (type?.named_inputs ? 1 : 0) : 0,
    outputs.length > 1 ? outputs.length : 0,
  );
}

/** Height of a card with that many lines of ports, without the line that a run adds. */
export const heightWith = (rows: number) =>
  rows > 0 ? NAMED.head + rows * NAMED.row + NAMED.below : CARD.height;
