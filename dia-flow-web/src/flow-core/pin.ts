import { allNodes } from './tree';
import type { FlowDocument, FlowNode, Value } from './types';

/** A pinned output may hold at most as many characters of JSON, since it is part of the document. */
export const PIN_MAX = 200_000;

/** At most as many rows of a table are pinned. */
export const PIN_ROWS = 1000;

/** Rows as the objects that a table is pinned as. */
export function rowsAsObjects(
  columns: readonly { name: string }[],
  rows: readonly (readonly unknown[])[],
): Record<string, unknown>[] {
  return rows.map((row) => Object.fromEntries(columns.map((column, i) => [column.name, row[i]])));
}

/** Whether any node has pinned outputs, which test runs take. */
export function hasPins(doc: FlowDocument): boolean {
  return allNodes(doc).some((node) => node.pin !== undefined);
}

/** What is pinned to a node, as values that can be shown. */
export function pinnedValues(node: FlowNode): [string, Value][] {
  return Object.entries(node.pin ?? {}).map(([port, data]) => [port, { kind: 'value', data }]);
}

export type PinProblem = { code: 'json'; message: string } | { code: 'object' | 'empty' | 'size' };

/** Reads what somebody wrote as pinned data: an object with one entry for each output. */
export function readPin(text: string): { pin: Record<string, unknown> } | { problem: PinProblem } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { problem: { code: 'json', message } };
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return { problem: { code: 'object' } };
  }
  if (Object.keys(value).length === 0) return { problem: { code: 'empty' } };
  if (JSON.stringify(value).length > PIN_MAX) return { problem: { code: 'size' } };
  return { pin: value as Record<string, unknown> };
}
