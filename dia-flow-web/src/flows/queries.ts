import { type InfiniteData, infiniteQueryOptions, type QueryClient } from '@tanstack/react-query';
import { type FlowSummary, keys, listFlows, type Page, type Run } from '@/api';

type FlowPages = InfiniteData<Page<FlowSummary>, string>;

export const flowListQuery = (q: string) =>
  infiniteQueryOptions({
    queryKey: keys.flowList(q),
    queryFn: ({ pageParam, signal }) => listFlows({ q, cursor: pageParam, limit: 50 }, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.next || undefined,
    placeholderData: (old) => old,
    // The stream tells of runs only while the list is shown: what ended meanwhile is asked for.
    staleTime: 0,
  });

/** Puts a run that has just changed into every list of flows in the cache, unless a later run stands there. */
export function applyRun(client: QueryClient, run: Run): void {
  client.setQueriesData<FlowPages>({ queryKey: [...keys.flows, 'list'] }, (old) =>
    old ? { ...old, pages: old.pages.map((page) => withRun(page, run)) } : old,
  );
}

export function withRun(page: Page<FlowSummary>, run: Run): Page<FlowSummary> {
  const index = page.items.findIndex((flow) => flow.id === run.flow_id);
  const flow = page.items[index];
  if (!flow || (flow.last_run && flow.last_run.created_at > run.created_at)) return page;
  const { id, status, created_at, ended_at } = run;
  const items = page.items.with(index, { ...flow, last_run: { id, status, created_at, ended_at } });
  return { ...page, items };
}
