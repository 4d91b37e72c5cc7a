import type { EdgeProps } from '@xyflow/react';
import { createContext, useContext, useMemo, useState } from 'react';
import type { Box } from '@/flow-core';
import type { FlowEdgeData } from './canvasEdges';
import { type Ends, type Rect, type Route, route } from './route';

/** Where everything is drawn, for the edges that lead around it. */
export const BoxesContext = createContext<ReadonlyMap<string, Box>>(new Map());

/** The same boxes as long as none of them is drawn elsewhere, whatever else of the document changes. */
export function useSettled(boxes: ReadonlyMap<string, Box>): ReadonlyMap<string, Box> {
  const [settled, setSettled] = useState(boxes);
  if (settled !== boxes && !sameBoxes(settled, boxes)) {
    setSettled(boxes);
    return boxes;
  }
  return settled;
}

function sameBoxes(a: ReadonlyMap<string, Box>, b: ReadonlyMap<string, Box>): boolean {
  return (
    a.size === b.size &&
    [...a].every(([id, box]) => {
      const other = b.get(id);
      return (
        other !== undefined &&
        box.left === other.left &&
        box.top === other.top &&
        box.width === other.width &&
        box.height === other.height &&
        box.body?.container === other.body?.container
      );
    })
  );
}

/** Handles stand this near to the side of their card. */
const BESIDE = 12;

/** The way of an edge around the cards between its ends. While one of these is dragged it is a mere curve. */
export function useRoute(props: EdgeProps): Route {
  const boxes = useContext(BoxesContext);
  const { source, target, sourceX, sourceY, targetX, targetY } = props;
  const { kind, lane, place } = props.data as FlowEdgeData;
  return useMemo(() => {
    const from = boxes.get(source);
    const to = boxes.get(target);
    const settled =
      (kind === 'item' || near(sourceX, from && from.left + from.width)) &&
      (kind === 'result' ||
        near(targetX, kind === 'wait' ? to && to.left + to.width / 2 : to?.left));
    const ends: Ends = {
      from: { x: sourceX, y: sourceY },
      to: { x: targetX, y: targetY },
      above: kind === 'wait',
      lane,
      place,
    };
    if (!settled) return route(ends, []);
    if (from && kind !== 'item') ends.source = rectOf(from);
    if (to && kind !== 'result') ends.target = rectOf(to);
    return route(ends, between(boxes, ends, source, target));
  }, [boxes, source, target, sourceX, sourceY, targetX, targetY, kind, lane, place]);
}

const near = (x: number, side: number | undefined) =>
  side !== undefined && Math.abs(x - side) <= BESIDE;

/** The cards that an edge must not run through: all but its ends and the containers that these are in. */
function between(
  boxes: ReadonlyMap<string, Box>,
  { from, to }: Ends,
  source: string,
  target: string,
): Rect[] {
  const own = new Set([source, target]);
  for (const end of [source, target]) {
    for (let at = boxes.get(end)?.body; at; at = boxes.get(at.container)?.body) {
      own.add(at.container);
    }
  }
  const first = Math.min(from.x, to.x);
  const last = Math.max(from.x, to.x);
  const found: Rect[] = [];
  for (const [id, box] of boxes) {
    const rect = rectOf(box);
    if (!own.has(id) && rect.right > first && rect.left < last) found.push(rect);
  }
  return found;
}

const rectOf = ({ left, top, width, height }: Box): Rect => ({
  left,
  top,
  right: left + width,
  bottom: top + height,
});
