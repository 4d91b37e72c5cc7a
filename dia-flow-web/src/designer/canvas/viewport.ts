import type { ReactFlowInstance } from '@xyflow/react';
import { CARD } from '@/flow-core';

/** How far the canvas may be seen from; below it, cards are specks. */
export const MIN_ZOOM = 0.15;

/** The whole flow, never larger than life. */
export const FIT = { padding: 0.06, maxZoom: 1, minZoom: MIN_ZOOM };

const MARGIN = 32;

/** Moves the canvas just as far as needed to have all of the nodes in sight; what is in sight already stays put. */
export function panTo(flow: ReactFlowInstance, canvas: HTMLElement | null, ids: string[]): void {
  const box = canvas?.getBoundingClientRect();
  const boxes = ids.flatMap((id) => {
    const node = flow.getInternalNode(id);
    if (!node) return [];
    const { x, y } = node.internals.positionAbsolute;
    const { width = CARD.width, height = CARD.height } = node.measured;
    return [{ left: x, top: y, right: x + width, bottom: y + height }];
  });
  if (!box || box.width === 0 || boxes.length === 0) return;
  const { x, y, zoom } = flow.getViewport();
  const left = Math.min(...boxes.map((b) => b.left)) * zoom + x;
  const top = Math.min(...boxes.map((b) => b.top)) * zoom + y;
  const right = Math.max(...boxes.map((b) => b.right)) * zoom + x;
  const bottom = Math.max(...boxes.map((b) => b.bottom)) * zoom + y;
  const dx = shift(left, right, box.width);
  const dy = shift(top, bottom, box.height);
  if (dx === 0 && dy === 0) return;
  void flow.setViewport({ x: x + dx, y: y + dy, zoom }, { duration: 200 });
}

function shift(from: number, to: number, room: number): number {
  if (to - from > room - 2 * MARGIN) return 0;
  if (from < MARGIN) return MARGIN - from;
  if (to > room - MARGIN) return room - MARGIN - to;
  return 0;
}

/** Labels grow as the canvas is zoomed out, so that they can be read when a long flow is seen whole. */
export function scaleLabels(canvas: HTMLElement | null, zoom: number): void {
  if (!canvas) return;
  canvas.style.setProperty('--label-scale', String(Math.min(1.6, Math.max(1, 0.86 / zoom))));
  canvas.toggleAttribute('data-far', zoom < 0.7);
}
