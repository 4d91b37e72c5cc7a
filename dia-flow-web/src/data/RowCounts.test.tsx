import { screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { Count } from '@/flow-core';
import { show } from '@/test/render';
import { RowCounts } from './RowCounts';

const count = (port: string, rows: number): Count => ({
  port,
  title: { en: port, zh: port },
  rows,
});
const shown = (all: Count[], named = true, bare = false) => {
  show(<RowCounts counts={{ all, named }} bare={bare} testId="rows" />);
  return screen.getByTestId('rows');
};

describe('how many rows a step gave', () => {
  it('is said of each output that gave some, all of them in the tooltip', () => {
    const rows = shown([count('Passed', 3180), count('Failed', 21), count('Late', 0)]);
    expect(rows.textContent).toBe('Passed 3,180 · Failed 21');
    expect(rows.title.split('\n')).toEqual([
      'Passed: 3,180 rows',
      'Failed: 21 rows',
      'Late: 0 rows',
    ]);
  });

  it('is short where there are many', () => {
    expect(shown([count('a', 1), count('b', 25_000), count('c', 3)]).textContent).toBe(
      'a 1 · b 25k · +1',
    );
  });

  it('names no output where there is only one, or none gave a row', () => {
    expect(shown([count('table', 5)], false).textContent).toBe('5 rows');
  });

  it('names not what is called table when it alone has rows', () => {
    expect(shown([count('table', 5), count('failed', 0)]).textContent).toBe('5 rows');
  });

  it('counts nothing as nothing', () => {
    expect(shown([count('passed', 0), count('failed', 0)], true, true).textContent).toBe('0');
  });
});
