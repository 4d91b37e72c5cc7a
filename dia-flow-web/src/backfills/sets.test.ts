import { describe, expect, it } from 'vitest';
import type { Definitions } from '@/runs/params/values';
import { bound, milliseconds, rangeCount, rangeParams, readSets } from './sets';

const definitions: Definitions = {
  day: { type: 'date' },
  size: { type: 'integer' },
  city: { type: 'string' },
  dry: { type: 'boolean' },
};

describe('ranges', () => {
  it('go over dates and numbers', () => {
    expect(rangeParams(definitions)).toEqual(['day', 'size']);
  });

  it.each([
    ['date', '2026-01-01', '2026-01-31', '', 31],
    ['date', '2026-01-01', '2026-01-31', '7d', 5],
    ['date', '2026-01-01', '2026-01-31', '6h', undefined],
    ['date', '2026-01-31', '2026-01-01', '', undefined],
    ['datetime', '2026-01-01T00:00', '2026-01-02T00:00', '6h', 5],
    ['integer', '1', '10', '3', 4],
    ['number', '0', '1', '0.1', 11],
    ['integer', '', '10', '', undefined],
  ] as const)('of %s from %s to %s by "%s" makes %s runs', (type, from, to, step, count) => {
    expect(rangeCount(type, from, to, step)).toBe(count);
  });

  it('read durations', () => {
    expect(milliseconds('1d12h')).toBe(129_600_000);
    expect(milliseconds('soon')).toBeUndefined();
    expect(bound('datetime', '2026-01-01T00:00:00Z')).toBe('2026-01-01T00:00:00Z');
  });
});

describe('sets of parameters', () => {
  it('are JSON or lines', () => {
    expect(readSets('[{"size": 1}, {"size": 2}]', definitions)).toEqual({
      sets: [{ size: 1 }, { size: 2 }],
    });
    expect(
      readSets('day, size, dry\n2026-01-01, 3, true\n\n2026-01-02, x, false\n', definitions),
    ).toEqual({
      sets: [
        { day: '2026-01-01', size: 3, dry: true },
        { day: '2026-01-02', size: 'x', dry: false },
      ],
    });
  });

  it('say what is wrong with them', () => {
    const problem = (text: string) => {
      const read = readSets(text, definitions);
      return 'problem' in read ? read.problem : undefined;
    };
    expect(problem('')).toEqual({ code: 'empty' });
    expect(problem('size')).toEqual({ code: 'empty' });
    expect(problem('[1]')).toEqual({ code: 'shape' });
    expect(problem('[{')).toMatchObject({ code: 'json' });
    expect(problem('size,,city\n1,2,3')).toEqual({ code: 'header' });
    expect(problem('size,city\n1')).toEqual({ code: 'width', line: 2 });
    expect(problem('[{"sise": 1}]')).toEqual({ code: 'unknown', names: 'sise' });
  });
});
