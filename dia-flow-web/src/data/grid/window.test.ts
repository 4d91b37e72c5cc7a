import { describe, expect, it } from 'vitest';
import { columnWindow, maxHeight, offsetsOf, rowWindow, scrolledHeight, scrollTo } from './window';

describe('rowWindow', () => {
  it('draws what is in sight', () => {
    expect(rowWindow(1000, 28, 280, 0, 2)).toEqual({ first: 0, last: 12, top: 0 });
    expect(rowWindow(1000, 28, 280, 2800, 2)).toEqual({ first: 98, last: 112, top: 98 * 28 });
    expect(rowWindow(0, 28, 280, 0).last).toBe(-1);
  });

  it('reaches the last of a million rows in a capped height', () => {
    const rows = 1_000_000;
    const height = scrolledHeight(rows, 28);
    expect(height).toBe(maxHeight);
    const end = rowWindow(rows, 28, 500, height - 500, 0);
    expect(end.last).toBe(rows - 1);
    // The last row ends where the scrolled area ends.
    expect(end.top + (rows - end.first) * 28).toBeCloseTo(height, 3);
  });

  it('scrolls a row into sight', () => {
    const rows = 1_000_000;
    const top = scrollTo(750_000, rows, 28, 500, 0);
    const view = rowWindow(rows, 28, 500, top ?? 0, 0);
    expect(view.first).toBeLessThanOrEqual(750_000);
    expect(view.last).toBeGreaterThanOrEqual(750_000);
    expect(scrollTo(3, 100, 28, 500, 0)).toBeUndefined();
  });
});

describe('columnWindow', () => {
  it('draws the columns in sight', () => {
    const offsets = offsetsOf(Array.from({ length: 100 }, () => 100));
    expect(columnWindow(offsets, 350, 1000, 0)).toEqual({ first: 10, last: 13, left: 1000 });
    expect(columnWindow(offsetsOf([]), 350, 0)).toEqual({ first: 0, last: -1, left: 0 });
  });
});
