import { describe, expect, it } from 'vitest';
import type { FlowSummary, Page, Run } from '@/api';
import { withRun } from './queries';

const flow = { id: 'f1', name: 'a' } as FlowSummary;
const page: Page<FlowSummary> = { items: [flow], next: '' };
const run = (part: Partial<Run>) =>
  ({
    id: 'r1',
    flow_id: 'f1',
    status: 'running',
    created_at: '2026-01-02T00:00:00Z',
    ...part,
  }) as Run;

describe('withRun', () => {
  it('shows a run as the last of its flow', () => {
    expect(withRun(page, run({})).items[0]?.last_run).toMatchObject({
      id: 'r1',
      status: 'running',
    });
  });

  it('leaves a later run in place', () => {
    const later = withRun(page, run({ id: 'r2', created_at: '2026-01-03T00:00:00Z' }));
    expect(withRun(later, run({ status: 'failed' }))).toBe(later);
  });

  it('passes over runs of other flows', () => {
    expect(withRun(page, run({ flow_id: 'f9' }))).toBe(page);
  });
});
