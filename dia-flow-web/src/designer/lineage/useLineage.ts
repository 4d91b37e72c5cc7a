import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getLineage } from '../api/flows';
import { useController, useDesigner, useDocument } from '../state/context';
import { numberOf } from '../usePreview';

const settleAfter = 400;

/** The lineage of the flow as it stands on the canvas, a moment after the last change. */
export function useLineage() {
  const { flowId, autosave } = useController();
  const [document] = useDebouncedValue(useDocument(), settleAfter);
  // Columns that only a run can tell change with each run.
  const run = useDesigner((s) => (s.run?.ended_at ? s.run.id : undefined));
  return useQuery({
    queryKey: ['lineage', flowId, run, numberOf(document)],
    queryFn: async ({ signal }) => {
      // The server tells of what is saved. That it cannot be is said by the header.
      await autosave.flush().catch(() => {});
      return getLineage(flowId, signal);
    },
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
  });
}
