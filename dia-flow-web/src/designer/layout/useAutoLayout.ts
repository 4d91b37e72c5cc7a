import { useReactFlow } from '@xyflow/react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { allEdges, CARD, moveNodes } from '@/flow-core';
import { useController } from '../state/context';
import type { LayoutReply, LayoutRequest } from './elk.worker';

/** Lays the whole flow out in a worker, as one undoable step. */
export function useAutoLayout() {
  const controller = useController();
  const flow = useReactFlow();
  const worker = useRef<Worker | null>(null);
  const [busy, setBusy] = useState(false);

  useEffect(() => () => worker.current?.terminate(), []);

  const arrange = useCallback(() => {
    const doc = controller.store.getState().history.document;
    const present = new Set(doc.spec.nodes.map((node) => node.id));
    const request: LayoutRequest = {
      nodes: doc.spec.nodes.map((node) => {
        const measured = flow.getNode(node.id)?.measured;
        return {
          id: node.id,
          width: measured?.width ?? CARD.width,
          height: measured?.height ?? CARD.height,
        };
      }),
      edges: allEdges(doc).filter((edge) => present.has(edge.source)),
    };
    if (request.nodes.length === 0) return;
    setBusy(true);
    worker.current ??= new Worker(new URL('./elk.worker.ts', import.meta.url), { type: 'module' });
    worker.current.onmessage = (message: MessageEvent<LayoutReply>) => {
      setBusy(false);
      if ('error' in message.data) return;
      controller.store.getState().edit(moveNodes(message.data.positions));
      requestAnimationFrame(() => controller.canvas?.fit());
    };
    worker.current.onerror = () => setBusy(false);
    worker.current.postMessage(request);
  }, [controller, flow]);

  return { arrange, busy };
}
