import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { FlowDocument } from '@/flow-core';
import { previewNode } from './api/flows';
import { useController, useDesigner, useDocument } from './state/context';

const settleAfter = 250;

const numbers = new WeakMap<FlowDocument, number>();
let last = 0;

/** Documents never change: a number tells them apart in less space than their text. */
export function numberOf(document: FlowDocument): number {
  let number = numbers.get(document);
  if (number === undefined) {
    last += 1;
    number = last;
    numbers.set(document, number);
  }
  return number;
}

interface Options {
  enabled?: boolean;
  /** Only what comes in, for which no rows are read. */
  inputs?: boolean;
  /** The output to look at; the first that can be when absent. */
  port?: string | undefined;
}

/** What a node would take and give as the flow stands on the canvas, a moment after the last key. */
export function usePreview(node: string | undefined, options: Options = {}) {
  const { enabled = true, inputs = false, port } = options;
  const { flowId } = useController();
  const [document] = useDebouncedValue(useDocument(), settleAfter);
  // What nodes gave that are not carried out for a preview changes with each run.
  const run = useDesigner((s) => (s.run?.ended_at ? s.run.id : undefined));
  return useQuery({
    queryKey: ['preview', flowId, node, inputs, port, run, numberOf(document)],
    enabled: enabled && node !== undefined,
    queryFn: ({ signal }) =>
      previewNode(flowId, document, node ?? '', { inputs, ...(port ? { port } : {}) }, signal),
    placeholderData: (previous, query) =>
      query?.queryKey[2] === node && query?.queryKey[4] === port
        ? keepPreviousData(previous)
        : undefined,
    staleTime: 60_000,
    gcTime: 60_000,
    retry: false,
  });
}

/** Has the sources that a node stands on read again, whatever is kept of them, for all that looks at the flow. */
export function useReadAnew(node: string) {
  const { flowId } = useController();
  const document = useDocument();
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => previewNode(flowId, document, node, { inputs: false, anew: true }),
    onSettled: () => client.invalidateQueries({ queryKey: ['preview', flowId] }),
  });
}
