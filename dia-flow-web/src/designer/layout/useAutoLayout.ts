import { useCallback, useEffect, useRef, useState } from 'react';
import { setLayout } from '@/flow-core';
import { boxesOf } from '../canvas/useCanvasGraph';
import { useController } from '../state/context';
import { levelsOf } from './arrange';
import type { LayoutReply } from './elk.worker';

/** Lays the whole flow out in a worker, containers from the inside, as one undoable step. */
export function useAutoLayout() {
  const controller = useController();
  const worker = useRef<Worker | null>(null);
  const [busy, setBusy] = useState(false);

  useEffect(() => () => worker.current?.terminate(), []);

  const arrange = useCallback(() => {
    const { store } = controller;
    const doc = store.getState().history.document;
    if (doc.spec.nodes.length === 0) return;
    setBusy(true);
    worker.current ??= new Worker(new URL('./elk.worker.ts', import.meta.url), { type: 'module' });
    worker.current.onmessage = (message: MessageEvent<LayoutReply>) => {
      setBusy(false);
      if ('error' in message.data) return;
      // Containers are as large as they need to be; what they were made by hand is forgotten.
      store.getState().edit({ ...setLayout(message.data.places), label: 'arrange' });
      requestAnimationFrame(() => controller.canvas?.fit());
    };
    worker.current.onerror = () => setBusy(false);
    worker.current.postMessage(levelsOf(doc, boxesOf(store.getState(), doc)));
  }, [controller]);

  return { arrange, busy };
}
