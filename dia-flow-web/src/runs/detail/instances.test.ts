import { describe, expect, it } from 'vitest';
import type { Step } from '@/api';
import { instancesOf } from './instances';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString();

describe('instances of a container', () => {
  it('span the steps that are known of them', () => {
    const steps: [string, Partial<Step>][] = [
      ['each', { status: 'running' }],
      ['each[10]/a', { status: 'running', started_at: at(4) }],
      ['each[2]/a', { status: 'succeeded', started_at: at(1), ended_at: at(2) }],
      ['each[2]/try/b', { status: 'failed', started_at: at(2), ended_at: at(3) }],
      ['other[1]/a', { status: 'succeeded' }],
    ];
    const byPath = Object.fromEntries(steps.map(([path, step]) => [path, step as Step]));
    const base = Date.UTC(2026, 0, 1);
    expect(instancesOf(byPath, 'each')).toEqual([
      { index: 2, path: 'each[2]', status: 'failed', start: base + 1000, end: base + 3000 },
      { index: 10, path: 'each[10]', status: 'running', start: base + 4000 },
    ]);
  });
});
