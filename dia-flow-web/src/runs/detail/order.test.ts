import { describe, expect, it } from 'vitest';
import type { Step } from '@/api';
import { nestedDocument } from '@/flow-core/fixtures';
import { orderedRows } from './order';

const step = (id: string, second?: number) =>
  ({
    node_id: id,
    status: 'succeeded',
    ...(second === undefined
      ? {}
      : { started_at: new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString() }),
  }) as Step;

describe('rows of steps', () => {
  it('stand as they began, those of containers below them', () => {
    const steps = {
      rows: step('rows', 1),
      rates: step('rates', 0),
      each: step('each', 2),
      guard: step('each[3]/guard', 5),
      clean: step('each[3]/clean', 4),
      note: step('each[3]/guard/note'),
      risky: step('each[3]/guard/risky', 6),
      sum: step('sum'),
    };
    expect(orderedRows(steps, nestedDocument()).map((row) => `${row.depth}${row.node}`)).toEqual([
      '0rates',
      '0rows',
      '0each',
      '1clean',
      '1guard',
      '2risky',
      '2note',
      '0sum',
    ]);
  });
});
