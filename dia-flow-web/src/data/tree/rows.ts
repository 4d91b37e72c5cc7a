/** One line of the tree as it is drawn. */
export interface TreeRow {
  path: string;
  depth: number;
  /** Key in an object or index in a list; undefined for the root. */
  name?: string | number;
  value: unknown;
  /** Number of children of an object or list; undefined for a plain value. */
  size?: number;
  open: boolean;
  /** A line that stands for the rest of a long list. */
  more?: { path: string; hidden: number };
}

/** Children shown at first, and added by each "show more". */
export const step = 200;

export interface TreeState {
  open: ReadonlySet<string>;
  /** Children shown by path, when more than the first ones. */
  shown: ReadonlyMap<string, number>;
}

export function isBranch(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Flattens the open part of a value into lines. */
export function treeRows(value: unknown, state: TreeState): TreeRow[] {
  const rows: TreeRow[] = [];
  add(rows, value, '$', 0, undefined, state);
  return rows;
}

function add(
  rows: TreeRow[],
  value: unknown,
  path: string,
  depth: number,
  name: string | number | undefined,
  state: TreeState,
): void {
  if (!isBranch(value)) {
    rows.push({ path, depth, name, value, open: false });
    return;
  }
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? value.map((item, index) => [index, item])
    : Object.entries(value);
  const open = state.open.has(path) && entries.length > 0;
  rows.push({ path, depth, name, value, size: entries.length, open });
  if (!open) return;
  const limit = state.shown.get(path) ?? step;
  for (const [key, child] of entries.slice(0, limit)) {
    add(rows, child, childPath(path, key), depth + 1, key, state);
  }
  if (entries.length > limit) {
    const more = { path, hidden: entries.length - limit };
    rows.push({ path: `${path}/…`, depth: depth + 1, value: null, open: false, more });
  }
}

/** A path as an expression would write it: $.items[3].name */
export function childPath(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  return /^[A-Za-z_]\w*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}

/** Paths that are open at first: the upper levels, as long as that stays short. */
export function initiallyOpen(value: unknown, budget = 60): Set<string> {
  const open = new Set<string>();
  let level: [string, unknown][] = [['$', value]];
  let lines = 1;
  while (level.length > 0) {
    const next: [string, unknown][] = [];
    for (const [path, item] of level) {
      if (!isBranch(item)) continue;
      const entries: [string | number, unknown][] = Array.isArray(item)
        ? item.map((child, index) => [index, child])
        : Object.entries(item);
      if (path !== '$' && lines + entries.length > budget) continue;
      lines += Math.min(entries.length, step);
      open.add(path);
      for (const [key, child] of entries.slice(0, step)) next.push([childPath(path, key), child]);
    }
    level = next;
  }
  return open;
}
