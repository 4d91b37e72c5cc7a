import type { FitViewOptions, ReactFlowInstance } from '@xyflow/react';
import { CARD } from '@/flow-core';
import type { Rect } from './route';

/** How far the canvas may be seen from; below it, cards are specks. */
export const MIN_ZOOM = 0.15;

/** The whole flow, never larger than life, and above the buttons that stand on the canvas. */
export const FIT: FitViewOptions = {
  padding: { x: 0.06, top: 0.06, bottom: '68px' },
  maxZoom: 1,
  minZoom: MIN_ZOOM,
};

const MARGIN = 32;

/** Room around the buttons. */
const CLEAR = 10;

/** More than that nothing is moved for the sake of the buttons. */
const FARTHEST = 160;

/**
 * Moves the canvas just as far as needed to have all of the nodes in sight, and no card under the buttons where that
 * can be had; what is in sight already stays put.
 */
export function panTo(flow: ReactFlowInstance, canvas: HTMLElement | null, ids: string[]): void {
  const box = canvas?.getBoundingClientRect();
  if (!box || box.width === 0) return;
  const { x, y, zoom } = flow.getViewport();
  const onScreen = ({ id }: { id: string }): Rect[] => {
    const node = flow.getInternalNode(id);
    if (!node) return [];
    const at = node.internals.positionAbsolute;
    const { width = CARD.width, height = CARD.height } = node.measured;
    const left = at.x * zoom + x;
    const top = at.y * zoom + y;
    return [{ left, top, right: left + width * zoom, bottom: top + height * zoom }];
  };
  const wanted = boundsOf(ids.flatMap((id) => onScreen({ id })));
  const [dx, dy] = wanted
    ? [shift(wanted.left, wanted.right, box.width), shift(wanted.top, wanted.bottom, box.height)]
    : [0, 0];
  const buttons = canvas?.querySelector('[role="toolbar"]')?.getBoundingClientRect();
  const up = buttons
    ? clearing(
        {
          left: buttons.left - box.left - CLEAR,
          top: buttons.top - box.top - CLEAR,
          right: buttons.right - box.left + CLEAR,
          bottom: buttons.bottom - box.top + CLEAR,
        },
        // What is around others covers nothing with its own room.
        flow
          .getNodes()
          .filter((node) => node.type === 'card')
          .flatMap(onScreen)
          .map((card) => moved(card, dx, dy)),
        Math.min(FARTHEST, wanted ? wanted.top + dy - MARGIN : FARTHEST),
      )
    : 0;
  if (dx === 0 && dy - up === 0) return;
  void flow.setViewport({ x: x + dx, y: y + dy - up, zoom }, { duration: 200 });
}

const boundsOf = (rects: readonly Rect[]): Rect | undefined =>
  rects.length === 0
    ? undefined
    : {
        left: Math.min(...rects.map((r) => r.left)),
        top: Math.min(...rects.map((r) => r.top)),
        right: Math.max(...rects.map((r) => r.right)),
        bottom: Math.max(...rects.map((r) => r.bottom)),
      };

const moved = (r: Rect, dx: number, dy: number): Rect => ({
  left: r.left + dx,
  top: r.top + dy,
  right: r.right + dx,
  bottom: r.bottom + dy,
});

/** How far all has to go up, at most as far as given, so that no card lies under the buttons; 0 where that does not help. */
export function clearing(buttons: Rect, cards: readonly Rect[], most: number): number {
  const beside = cards.filter((card) => card.right > buttons.left && card.left < buttons.right);
  const under = (up: number) =>
    beside.filter((card) => card.bottom - up > buttons.top && card.top - up < buttons.bottom);
  let up = 0;
  for (let found = under(0); found.length > 0; found = under(up)) {
    up = Math.max(...found.map((card) => card.bottom - buttons.top));
    if (up > most) return 0;
  }
  return up;
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
