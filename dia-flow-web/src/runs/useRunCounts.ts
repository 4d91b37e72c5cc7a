import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { keys, runNews } from '@/api';
import { runCountsQuery } from './queries';
import { useThrottled } from './useThrottled';

/** How many runs there are by status, counted again when an event on this page tells of one that began or ended. */
export function useRunCounts() {
  const client = useQueryClient();
  const refresh = useThrottled(() => void client.invalidateQueries({ queryKey: keys.runCounts() }));
  useEffect(() => runNews.listen(refresh), [refresh]);
  // For runs of which this page gets no events.
  return useQuery({ ...runCountsQuery(), refetchInterval: 15_000 });
}
