import { type BulkAction, type BulkFilter, isFinal, type Run } from '@/api';
import { type RunSearch, since } from '../search';

export const bulkActions = ['cancel', 'retry', 'delete'] as const satisfies readonly BulkAction[];

/** Whether an action makes sense for a run. */
export function fits(action: BulkAction, run: Run): boolean {
  if (action === 'cancel') return !isFinal(run.status);
  if (action === 'delete') return isFinal(run.status);
  return run.status === 'failed' || run.status === 'canceled';
}

/** The filter by which the server finds all runs of a search; undefined when the search holds what it does not know. */
export function bulkFilter(search: RunSearch, now?: number): BulkFilter | undefined {
  if (search.paused || search.late || search.parent || search.backfill) return undefined;
  return {
    ...(search.flow ? { flow_id: search.flow } : {}),
    ...(search.status ? { status: search.status } : {}),
    ...(search.q ? { q: search.q } : {}),
    ...(search.range ? { since: since(search.range, now) } : {}),
  };
}
