import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { keys } from '@/api';
import { getNodeTypes } from '@/designer/api/flows';
import { type FlowDocument, nodeById, outputPorts, type Port } from '@/flow-core';

/** The outputs of a run's nodes as their types declare them; none as long as the types are not known. */
export function usePorts(document: FlowDocument | undefined): (node: string) => Port[] {
  const { data } = useQuery({
    queryKey: keys.nodeTypes,
    queryFn: getNodeTypes,
    staleTime: 5 * 60_000,
  });
  const types = useMemo(
    () => new Map((data?.items ?? []).map((type) => [type.name, type])),
    [data],
  );
  return useCallback(
    (id) => {
      const node = document && nodeById(document, id);
      return node ? outputPorts(node, types.get(node.type)) : [];
    },
    [document, types],
  );
}
