import type { Edit } from './edits';
import type { FlowDocument } from './types';

interface Change {
  label: string;
  merge: string;
  at: number;
  before: FlowDocument;
  after: FlowDocument;
}

/** A document with everything that was done to it. Values share what did not change, so the past costs little. */
export interface History {
  readonly document: FlowDocument;
  readonly past: readonly Change[];
  readonly future: readonly Change[];
}

/** Edits of one place that follow each other within this many milliseconds are undone together. */
const MERGE_WITHIN = 1500;

export function startHistory(document: FlowDocument): History {
  return { document, past: [], future: [] };
}

export function applyEdit(history: History, edit: Edit, now: number): History {
  const before = history.document;
  const after = edit.apply(before);
  if (after === before) return history;
  const merge = edit.merge ?? '';
  const last = history.past.at(-1);
  const joins = last && merge !== '' && last.merge === merge && now - last.at <= MERGE_WITHIN;
  const change: Change = {
    label: edit.label,
    merge,
    at: now,
    before: joins ? last.before : before,
    after,
  };
  const past = joins ? history.past.slice(0, -1) : history.past;
  return { document: after, past: [...past, change], future: [] };
}

export function undo(history: History): History {
  const last = history.past.at(-1);
  if (!last) return history;
  return {
    document: last.before,
    past: history.past.slice(0, -1),
    future: [last, ...history.future],
  };
}

export function redo(history: History): History {
  const [next, ...future] = history.future;
  if (!next) return history;
  // An edit after a redo must not melt into what was redone.
  return { document: next.after, past: [...history.past, { ...next, merge: '' }], future };
}

export function canUndo(history: History): boolean {
  return history.past.length > 0;
}

export function canRedo(history: History): boolean {
  return history.future.length > 0;
}
