import { describe, expect, it } from 'vitest';
import type { LogLine, Step } from '@/api';
import { filterLogs } from './LogsTab';
import { emptyState, mergeLogs, withStep } from './runState';
import { inputsOf } from './sources';

const step = (part: Partial<Step>) =>
  ({ run_id: 'r', node_id: 'a', node_type: 't', status: 'running', attempt: 1, ...part }) as Step;
const line = (seq: number, part: Partial<LogLine> = {}) =>
  ({ seq, level: 'info', node_id: 'a', text: `line ${seq}`, time: '', ...part }) as LogLine;

describe('state of a run', () => {
  it('keeps the newest state of each step', () => {
    const done = withStep(emptyState, step({ status: 'succeeded' }));
    expect(withStep(done, step({ status: 'running' }))).toBe(done);
    const retried = withStep(done, step({ attempt: 2 }));
    expect(retried.steps.a?.status).toBe('running');
    expect(withStep(retried, step({ attempt: 1, status: 'failed' }))).toBe(retried);
  });

  it('finds inputs in the outputs of earlier steps', () => {
    const value = { kind: 'table', artifact: { id: 'x', size: 1 } };
    const steps = { 'a.b': step({ node_id: 'a.b', outputs: { table: value } }) };
    const target = step({
      node_id: 'c',
      inputs: { left: ['a.b.table'], right: ['a.b'], other: ['zz'] },
    });
    expect(inputsOf(target, steps).map((source) => source.label)).toEqual([
      'left ← a.b.table',
      'right ← a.b',
    ]);
  });
});

describe('log lines', () => {
  it('are joined once and in order', () => {
    const old = [line(1), line(3)];
    expect(mergeLogs(old, [line(4), line(5)]).map((each) => each.seq)).toEqual([1, 3, 4, 5]);
    expect(mergeLogs(old, [line(3), line(2)]).map((each) => each.seq)).toEqual([1, 2, 3]);
    expect(mergeLogs(old, [line(3)])).toBe(old);
  });

  it('are filtered by level, node and text', () => {
    const lines = [line(1), line(2, { level: 'error' }), line(3, { node_id: 'b', level: 'warn' })];
    const seqs = (filter: Parameters<typeof filterLogs>[1]) =>
      filterLogs(lines, filter).map((l) => l.seq);
    expect(seqs({ level: 'warn', nodes: [], text: '' })).toEqual([2, 3]);
    expect(seqs({ level: 'debug', nodes: ['b'], text: '' })).toEqual([3]);
    expect(seqs({ level: 'debug', nodes: [], text: 'line 1' })).toEqual([1]);
  });
});
