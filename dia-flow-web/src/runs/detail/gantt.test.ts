import { describe, expect, it } from 'vitest';
import type { Run, Step } from '@/api';
import { gantt, spanOf, ticks } from './gantt';

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();
const now = new Date(at(10)).getTime();
const run = { status: 'running', created_at: at(0), started_at: at(0) } as Run;
const step = (part: Partial<Step>) =>
  ({ node_id: 'a', status: 'running', attempt: 1, ...part }) as Step;

describe('gantt', () => {
  it('places steps on one line', () => {
    const steps = [
      step({ queued_at: at(0), started_at: at(2), ended_at: at(5), status: 'succeeded' }),
      step({ queued_at: at(5), started_at: at(5) }),
      step({ queued_at: at(8), status: 'queued' }),
    ];
    const { bars, span } = gantt(run, steps.map(spanOf), now);
    expect(span).toBe(10_000);
    expect(bars[0]).toMatchObject({ waitLeft: 0, waitWidth: 20, left: 20, width: 30 });
    expect(bars[1]).toMatchObject({ left: 50, width: 50 });
    expect(bars[2]).toMatchObject({ waitLeft: 80, waitWidth: 20, width: 0 });
  });

  it('ends with the run', () => {
    const ended = { ...run, status: 'failed', ended_at: at(4) } as Run;
    expect(gantt(ended, [], now).span).toBe(4000);
  });

  it.each([0.5, 90, 1300, 9000, 65_000, 4_000_000, 90_000_000])(
    'has few round ticks for %d ms',
    (span) => {
      const list = ticks(span);
      expect(list[0]).toBe(0);
      expect(list.length).toBeLessThanOrEqual(9);
    },
  );
});
