import { describe, expect, it } from 'vitest';
import { rowCounts } from './outputs';
import type { Port, Step } from './types';

const table = (rows: number) => ({ kind: 'table' as const, table: { columns: [], rows } });
const outputs = (all: Record<string, unknown>) => ({ outputs: all }) as Pick<Step, 'outputs'>;
const check: Port[] = [
  { name: 'passed', kind: 'table', title: { en: 'Passed', zh: '合格' } },
  { name: 'failed', kind: 'table', title: { en: 'Failed', zh: '不合格' } },
  { name: 'report', kind: 'value' },
];

describe('rows by output', () => {
  it('has each table in the order of the ports', () => {
    const { all, named } = rowCounts(
      outputs({ failed: table(21), passed: table(3180), report: { kind: 'value' } }),
      check,
    );
    expect(all.map((count) => [count.title.en, count.rows])).toEqual([
      ['Passed', 3180],
      ['Failed', 21],
    ]);
    expect(named).toBe(true);
  });

  it('names no output where there is one table', () => {
    const ports: Port[] = [
      { name: 'table', kind: 'table' },
      { name: 'report', kind: 'value' },
    ];
    expect(rowCounts(outputs({ table: table(3) }), ports).named).toBe(false);
    expect(rowCounts(outputs({ table: table(-1) }), ports).all).toEqual([]);
  });

  it('has what was written where no table is handed on', () => {
    const ports: Port[] = [{ name: 'written', kind: 'value' }];
    const written = { kind: 'value' as const, data: { rows: 92530, updated: 12 } };
    expect(rowCounts(outputs({ written }), ports)).toMatchObject({
      all: [{ port: 'written', rows: 92530 }],
      named: false,
    });
    const file = { outputs: { file: { kind: 'file' as const } }, details: { written_rows: 25 } };
    expect(rowCounts(file, [{ name: 'file', kind: 'file' }]).all[0]?.rows).toBe(25);
    const objects = { kind: 'value' as const, data: { objects: 2 } };
    expect(rowCounts(outputs({ written: objects }), ports).all).toEqual([]);
  });

  it('has what no port is known of behind, by name', () => {
    const { all } = rowCounts(outputs({ z: table(1), b: table(2), a: table(3) }), [
      { name: 'z', kind: '' },
    ]);
    expect(all.map((count) => count.port)).toEqual(['z', 'a', 'b']);
  });
});
