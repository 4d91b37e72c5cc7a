import { describe, expect, it } from 'vitest';
import { isDuration } from './duration';
import { setNodeField } from './edits';
import { testDocument } from './fixtures';
import { PIN_MAX, pinnedValues, readPin, rowsAsObjects } from './pin';
import { nodeById } from './tree';

describe('pinned data', () => {
  it('is read as one entry for each output', () => {
    expect(readPin('{"table": [{"a": 1}]}')).toEqual({ pin: { table: [{ a: 1 }] } });
    expect(readPin('[1]')).toEqual({ problem: { code: 'object' } });
    expect(readPin('{}')).toEqual({ problem: { code: 'empty' } });
    expect(readPin('{"a": ')).toMatchObject({ problem: { code: 'json' } });
    const large = JSON.stringify({ a: 'x'.repeat(PIN_MAX) });
    expect(readPin(large)).toEqual({ problem: { code: 'size' } });
  });

  it('turns rows into objects and is shown as values', () => {
    const rows = rowsAsObjects([{ name: 'a' }, { name: 'b' }], [[1, null]]);
    expect(rows).toEqual([{ a: 1, b: null }]);
    const doc = setNodeField('read', ['pin'], { table: rows }).apply(testDocument());
    const node = nodeById(doc, 'read');
    expect(node && pinnedValues(node)).toEqual([['table', { kind: 'value', data: rows }]]);
    const bare = setNodeField('read', ['pin', 'table'], undefined).apply(doc);
    expect(nodeById(bare, 'read')).not.toHaveProperty('pin');
  });
});

describe('durations', () => {
  it('are those that the server understands', () => {
    for (const good of ['30s', '5m', '1h30m', '2d', '1d12h', '1.5h', '{{ params.wait }}']) {
      expect(isDuration(good), good).toBe(true);
    }
    for (const bad of ['', '30', 'soon', '5 m', '1h1d', '-1s']) {
      expect(isDuration(bad), bad).toBe(false);
    }
  });
});
