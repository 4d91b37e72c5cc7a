import { describe, expect, it } from 'vitest';
import type { Run } from '@/api';
import { bulkActions, bulkFilter, fits } from './bulk';

const run = (status: Run['status']) => ({ status }) as Run;

describe('what is done with many runs', () => {
  it('fits what it can be done with', () => {
    const fitting = (status: Run['status']) =>
      bulkActions.filter((action) => fits(action, run(status)));
    expect(fitting('running')).toEqual(['cancel']);
    expect(fitting('failed')).toEqual(['retry', 'delete']);
    expect(fitting('succeeded')).toEqual(['delete']);
    expect(fitting('skipped')).toEqual(['delete']);
  });

  it('finds all runs of a search when the server knows its filters', () => {
    const now = Date.UTC(2026, 0, 10, 12);
    expect(bulkFilter({ flow: 'f', status: ['failed'], q: 'x', range: '1h' }, now)).toEqual({
      flow_id: 'f',
      status: ['failed'],
      q: 'x',
      since: '2026-01-10T11:00:00.000Z',
    });
    expect(bulkFilter({ sort: 'duration' })).toEqual({});
    expect(bulkFilter({ late: true })).toBeUndefined();
  });
});
