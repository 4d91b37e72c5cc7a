import { type FitViewOptions, useNodesInitialized, useReactFlow } from '@xyflow/react';
import { type RefObject, useEffect, useRef, useState } from 'react';
import { useDesignerStore } from '../state/context';
import { FIT, panTo } from './viewport';

/**
 * Shows the whole of a flow that is opened. React Flow fits as soon as it knows of nodes, by sizes that are guesses; when
 * they have been measured it is done again. An empty canvas is left alone: the first node stays where it was put.
 */
export function useOpening(): { fitView: boolean; fitViewOptions: FitViewOptions } {
  const store = useDesignerStore();
  const flow = useReactFlow();
  const measured = useNodesInitialized();
  const [fitView] = useState(() => store.getState().history.document.spec.nodes.length > 0);
  const open = useRef(false);
  useEffect(() => {
    if (!measured || open.current) return;
    open.current = true;
    if (fitView) void flow.fitView(FIT);
  }, [measured, fitView, flow]);
  return { fitView, fitViewOptions: FIT };
}

/** A panel that opens or grows takes room from the canvas; the selected node stays in what is left, beside the buttons. */
export function useStayInSight(canvas: RefObject<HTMLElement | null>): void {
  const store = useDesignerStore();
  const flow = useReactFlow();
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    let { width, height } = element.getBoundingClientRect();
    const observer = new ResizeObserver(([entry]) => {
      if (!entry) return;
      const { selection } = store.getState();
      const smaller = entry.contentRect.width < width || entry.contentRect.height < height;
      ({ width, height } = entry.contentRect);
      if (smaller) panTo(flow, element, selection.length === 1 ? selection : []);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [canvas, store, flow]);
}
