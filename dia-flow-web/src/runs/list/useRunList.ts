import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { eventsUrl, keys, listRuns, type Run, type RunQuery, useEvents } from '@/api';
import { mayMatch, type RunPages, replaceRun } from '../live';
import { runCountsQuery } from '../queries';
import { type RunSearch, since } from '../search';
import { useThrottled } from '../useThrottled';

export function toQuery(search: RunSearch, now?: number): RunQuery {
  return {
    flow_id: search.flow,
    status: search.status,
    q: search.q,
    since: since(search.range, now),
    sort: search.sort,
    paused: search.paused,
    late: search.late,
    parent: search.parent,
    backfill: search.backfill,
    limit: 50,
  };
}

/** The runs that match, kept up to date by the stream of events. */
export function useRunList(search: RunSearch) {
  const client = useQueryClient();
  const query = toQuery(search);
  const queryKey = keys.runList(query);
  const list = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => listRuns({ ...query, cursor: pageParam }, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.next || undefined,
    placeholderData: (old) => old,
  });
  const counts = useQuery(runCountsQuery(search.flow));
  const refresh = useThrottled(() => {
    void client.invalidateQueries({ queryKey: keys.runCounts(search.flow) });
  });
  const reload = useThrottled(() => void client.invalidateQueries({ queryKey }));

  const stream = useEvents(eventsUrl, {
    onEvent: ({ run }) => {
      if (!run) return;
      refresh();
      const pages = client.getQueryData<RunPages>(queryKey);
      const replaced = pages && replaceRun(pages, run);
      if (replaced) client.setQueryData<RunPages>(queryKey, replaced);
      else if (mayMatch(run, search)) reload();
    },
  });

  const runs: Run[] = list.data?.pages.flatMap((page) => page.items) ?? [];
  return { list, runs, counts: counts.data, stream };
}
