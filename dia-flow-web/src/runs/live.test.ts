import { describe, expect, it } from 'vitest';
import type { Run } from '@/api';
import { mayMatch, type RunPages, replaceRun, supersedes } from './live';

const run = (part: Partial<Run> = {}) =>
  ({ id: 'r1', flow_id: 'f1', status: 'running', steps_done: 2, ...part }) as Run;
const pages = (...runs: Run[]): RunPages => ({
  pages: [{ items: runs, next: '' }],
  pageParams: [''],
});

describe('live runs', () => {
  it('never goes back from the end or to fewer steps', () => {
    expect(supersedes(run(), run({ status: 'succeeded' }))).toBe(false);
    expect(supersedes(run({ steps_done: 1 }), run())).toBe(false);
    expect(supersedes(run({ status: 'failed', steps_done: 1 }), run())).toBe(true);
  });

  it('replaces a run in its place only', () => {
    const old = pages(run({ id: 'r0' }), run());
    const next = replaceRun(old, run({ status: 'failed' }));
    expect(next?.pages[0]?.items.map((item) => item.status)).toEqual(['running', 'failed']);
    expect(replaceRun(old, run({ id: 'r9' }))).toBeUndefined();
  });

  it('knows which lists a new run may belong to', () => {
    expect(mayMatch(run(), { flow: 'f2' })).toBe(false);
    expect(mayMatch(run(), { status: ['failed'] })).toBe(false);
    expect(mayMatch(run(), { flow: 'f1', status: ['running'] })).toBe(true);
  });
});
