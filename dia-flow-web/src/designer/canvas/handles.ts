import {
  type BodyField,
  type BodyRef,
  type ConnectionAttempt,
  type FlowNode,
  ITEM,
  inputPorts,
  NEW_INPUT,
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

/** How many ports a card shows on the side that has more of them. */
export function portRows(node: FlowNode, type: NodeType | undefined): number {
  const inputs = inputPorts(node, type);
  const handles = type?.named_inputs ? [...inputs, NEW_INPUT] : inputs;
  return Math.max(handles.length, outputPorts(node, type).length);
}
