import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { eventsUrl, keys, listApprovals, useEvents } from '@/api';

export const approvalsQuery = (mine: boolean) =>
  queryOptions({
    queryKey: keys.approvalList(mine),
    queryFn: ({ signal }) => listApprovals(mine, signal),
  });

const REFRESH = 500;

/** The open questions, asked for again when a step anywhere begins or ends to wait for a decision. */
export function useApprovals(mine: boolean) {
  const client = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useEvents(eventsUrl, {
    onEvent: ({ run, step }) => {
      const ends = run && (run.status === 'canceled' || run.status === 'failed');
      if (!ends && step?.wait?.kind !== 'approval') return;
      timer.current ??= setTimeout(() => {
        timer.current = undefined;
        void client.invalidateQueries({ queryKey: keys.approvals });
      }, REFRESH);
    },
  });
  return useQuery(approvalsQuery(mine));
}
