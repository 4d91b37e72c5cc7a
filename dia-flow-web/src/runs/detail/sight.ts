export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Sight {
  x: number;
  y: number;
  zoom: number;
  /** All of the graph is in it. */
  whole: boolean;
}

/** Below it, titles cannot be read. */
export const LEAST_ZOOM = 0.75;

/** Beside the buttons, and above and below. */
const MARGIN = { x: 52, y: 28 };

/**
 * What of a graph is seen at first: all of it where its titles can be read then, else what is around the place that
 * matters, or the beginning.
 */
export function sightOf(graph: Area, room: { width: number; height: number }, at?: Area): Sight {
  const whole = Math.min(
    1,
    (room.width - 2 * MARGIN.x) / graph.width,
    (room.height - 2 * MARGIN.y) / graph.height,
  );
  const zoom = Math.max(whole, LEAST_ZOOM);
  const middle = at && { x: at.x + at.width / 2, y: at.y + at.height / 2 };
  return {
    zoom,
    x: along(graph.x, graph.width, room.width, zoom, MARGIN.x, middle?.x),
    y: along(graph.y, graph.height, room.height, zoom, MARGIN.y, middle?.y),
    whole: whole >= LEAST_ZOOM,
  };
}

/** Where one side begins: in the middle where it fits, else so that the place is in the middle and no room is left empty. */
function along(
  from: number,
  length: number,
  room: number,
  zoom: number,
  margin: number,
  at = from,
): number {
  const size = length * zoom;
  if (size <= room - 2 * margin) return (room - size) / 2 - from * zoom;
  const first = margin - from * zoom;
  const last = room - margin - (from + length) * zoom;
  return Math.min(first, Math.max(last, room / 2 - at * zoom));
}
