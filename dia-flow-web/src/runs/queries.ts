import { queryOptions } from '@tanstack/react-query';
import { countRuns, getRun, getRunGraph, keys } from '@/api';

export const runCountsQuery = (flowId?: string) =>
  queryOptions({
    queryKey: keys.runCounts(flowId),
    queryFn: ({ signal }) => countRuns(flowId, signal),
  });

export const runQuery = (id: string) =>
  queryOptions({ queryKey: keys.run(id), queryFn: ({ signal }) => getRun(id, signal) });

export const runGraphQuery = (id: string) =>
  queryOptions({ queryKey: keys.runGraph(id), queryFn: ({ signal }) => getRunGraph(id, signal) });
