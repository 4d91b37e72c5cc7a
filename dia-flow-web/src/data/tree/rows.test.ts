import { describe, expect, it } from 'vitest';
import { childPath, initiallyOpen, step, treeRows } from './rows';

const state = (open: string[], shown: [string, number][] = []) => ({
  open: new Set(open),
  shown: new Map(shown),
});

describe('treeRows', () => {
  it('shows what is open', () => {
    const value = { a: { b: 1 }, c: [true] };
    expect(treeRows(value, state(['$', '$.a'])).map((row) => row.path)).toEqual([
      '$',
      '$.a',
      '$.a.b',
      '$.c',
    ]);
  });

  it('shows the beginning of a long list', () => {
    const value = Array.from({ length: step + 50 }, (_, index) => index);
    const rows = treeRows(value, state(['$']));
    expect(rows).toHaveLength(step + 2);
    expect(rows.at(-1)?.more).toEqual({ path: '$', hidden: 50 });
    expect(treeRows(value, state(['$'], [['$', 1000]])).at(-1)?.more).toBeUndefined();
  });

  it('writes paths as expressions do', () => {
    expect(childPath('$.a', 3)).toBe('$.a[3]');
    expect(childPath('$', 'odd key')).toBe('$["odd key"]');
  });

  it('opens the upper levels of a small value and only the first of a large one', () => {
    expect([...initiallyOpen({ a: { b: {} } })]).toEqual(['$', '$.a', '$.a.b']);
    const large = { items: Array.from({ length: 500 }, () => ({ a: 1 })) };
    expect([...initiallyOpen(large)]).toEqual(['$']);
  });
});
