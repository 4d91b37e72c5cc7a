import type { InfiniteData } from '@tanstack/react-query';
import { isFinal, type Page, type Run } from '@/api';
import type { RunSearch } from './search';

export type RunPages = InfiniteData<Page<Run>, string>;

/** Whether nothing further of the run begins until somebody lets it go on. */
export function isPaused(run: Run): boolean {
  return Boolean(run.paused_by) && !isFinal(run.status);
}

/** Whether the newer state of a run may replace what is shown: a finished run never goes back. */
export function supersedes(next: Run, old: Run): boolean {
  if (isFinal(old.status) && !isFinal(next.status)) return false;
  return (
    next.steps_done >= old.steps_done ||
    isFinal(next.status) ||
    next.status !== old.status ||
    next.paused_by !== old.paused_by
  );
}

/** Puts a changed run in its place in the list; undefined when it is not there. */
export function replaceRun(pages: RunPages, run: Run): RunPages | undefined {
  for (const [at, page] of pages.pages.entries()) {
    const index = page.items.findIndex((item) => item.id === run.id);
    const old = page.items[index];
    if (!old) continue;
    if (!supersedes(run, old)) return pages;
    return {
      ...pages,
      pages: pages.pages.with(at, { ...page, items: page.items.with(index, run) }),
    };
  }
  return undefined;
}

/** Whether a run that is not in the list yet might belong to it. */
export function mayMatch(run: Run, search: RunSearch): boolean {
  if (search.flow && run.flow_id !== search.flow) return false;
  if (search.status && !search.status.includes(run.status)) return false;
  if (search.paused && !isPaused(run)) return false;
  if (search.late && !run.late) return false;
  if (search.parent && run.parent?.run_id !== search.parent) return false;
  if (search.backfill && run.backfill !== search.backfill) return false;
  return true;
}
