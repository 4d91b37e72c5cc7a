import { describe, expect, it } from 'vitest';
import { isFiltered, parseRunSearch, since } from './search';

describe('parseRunSearch', () => {
  it('keeps what makes sense', () => {
    expect(
      parseRunSearch({
        status: ['failed', 'running'],
        flow: 'f1',
        q: 12,
        range: '24h',
        sort: 'duration',
      }),
    ).toEqual({
      status: ['running', 'failed'],
      flow: 'f1',
      q: '12',
      range: '24h',
      sort: 'duration',
    });
  });

  it('knows paused and late runs, and those that belong together', () => {
    const search = parseRunSearch({ paused: true, late: 'yes', parent: 'r1', backfill: 'b1' });
    expect(search).toEqual({ paused: true, parent: 'r1', backfill: 'b1' });
    expect(isFiltered(search)).toBe(true);
    expect(isFiltered(parseRunSearch({ sort: 'duration' }))).toBe(false);
  });

  it('leaves out the rest', () => {
    expect(parseRunSearch({ status: 'failed', range: '2y', sort: 'name', q: '' })).toEqual({});
    expect(parseRunSearch({ status: ['nonsense'] }).status).toBeUndefined();
  });
});

describe('since', () => {
  it('is rounded to the minute', () => {
    const now = Date.UTC(2026, 0, 10, 12, 30, 45);
    expect(since('1h', now)).toBe('2026-01-10T11:30:00.000Z');
    expect(since(undefined, now)).toBeUndefined();
  });
});
