import { Center, Loader } from '@mantine/core';
import { lazy, Suspense } from 'react';
import type { RunGraph, Step } from '@/api';

// The canvas library is large and only this tab needs it here.
const RunCanvas = lazy(() =>
  import('./RunCanvas').then((module) => ({ default: module.RunCanvas })),
);

interface GraphTabProps {
  graph: RunGraph;
  steps: Record<string, Step>;
  selected?: string;
  onSelect: (node: string | undefined) => void;
}

/** The flow as it ran, with the state of each node. */
export function GraphTab({ graph, ...rest }: GraphTabProps) {
  return (
    <Suspense
      fallback={
        <Center h="100%">
          <Loader size="sm" />
        </Center>
      }
    >
      <RunCanvas document={graph.document} {...rest} />
    </Suspense>
  );
}
