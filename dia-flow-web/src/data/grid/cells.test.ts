import { describe, expect, it } from 'vitest';
import { cellText, family, shortType, timeText } from './cells';
import { pagesFor } from './pages';
import { columnsOf, staticSource } from './source';

describe('cells', () => {
  it.each([
    ['BIGINT', 'number', 'int'],
    ['DECIMAL(18,3)', 'number', 'decimal'],
    ['DOUBLE', 'number', 'float'],
    ['INTERVAL', 'time', 'interval'],
    ['VARCHAR', 'text', 'text'],
    ['TIMESTAMP WITH TIME ZONE', 'time', 'timestamp'],
    ['BOOLEAN', 'boolean', 'bool'],
    ['INTEGER[]', 'nested', 'integer[]'],
    ['STRUCT(a INTEGER)', 'nested', 'struct'],
    ['BLOB', 'binary', 'blob'],
  ])('%s is %s, called %s', (type, kind, name) => {
    expect(family(type)).toBe(kind);
    expect(shortType(type)).toBe(name);
  });

  it('writes times for people', () => {
    expect(timeText('2024-05-01T10:00:00Z', 'TIMESTAMP')).toBe('2024-05-01 10:00:00');
    expect(timeText('2024-05-01T10:00:00.250000Z', 'TIMESTAMP')).toBe('2024-05-01 10:00:00.25');
    expect(timeText('2024-05-01T00:00:00Z', 'DATE')).toBe('2024-05-01');
    expect(cellText({ a: [1] })).toBe('{"a":[1]}');
  });

  it('knows which pages hold which rows', () => {
    expect(pagesFor(0, 40, 1000)).toEqual([0]);
    expect(pagesFor(190, 410, 1000)).toEqual([0, 1, 2]);
    expect(pagesFor(990, 5000, 1000)).toEqual([4]);
    expect(pagesFor(0, 10, 0)).toEqual([]);
  });

  it('makes a table of objects', () => {
    const rows = [
      { a: null, b: 1 },
      { a: 'x', c: true },
    ];
    expect(columnsOf(rows)).toEqual([
      { name: 'a', type: 'VARCHAR' },
      { name: 'b', type: 'BIGINT' },
      { name: 'c', type: 'BOOLEAN' },
    ]);
    expect(staticSource(rows).row(1)).toEqual(['x', null, true]);
  });
});
