import type { EdgeChange } from '@xyflow/react';
import { useCallback } from 'react';
import { allEdges, cutEdge } from '@/flow-core';
import { useDesignerStore } from '../state/context';

/** Selecting an edge shows its data; removing it changes the document. */
export function useEdgeChanges() {
  const store = useDesignerStore();
  return useCallback(
    (changes: EdgeChange[]) => {
      for (const change of changes) {
        if (change.type === 'select' && change.selected) {
          store.getState().select([], change.id);
          const source = allEdges(store.getState().history.document).find(
            (edge) => edge.id === change.id,
          )?.source;
          if (source && store.getState().steps[source]?.outputs) {
            store.getState().showDrawer('output');
          }
        } else if (change.type === 'select' && store.getState().edge === change.id) {
          store.getState().patch({ edge: null });
        } else if (change.type === 'remove') {
          const { history, edit } = store.getState();
          edit(cutEdge(history.document, change.id));
        }
      }
    },
    [store],
  );
}
