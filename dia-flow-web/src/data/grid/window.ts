/** Browsers cap the height of an element; a taller table is scrolled in proportion. */
export const maxHeight = 15_000_000;

export interface RowWindow {
  first: number;
  last: number;
  /** Where the first row of the window is drawn, in pixels from the top of the scrolled area. */
  top: number;
}

export function scrolledHeight(rows: number, rowHeight: number): number {
  return Math.min(rows * rowHeight, maxHeight);
}

/** The rows to draw for a scroll position. Overscan is the number of rows drawn outside on each side. */
export function rowWindow(
  rows: number,
  rowHeight: number,
  viewHeight: number,
  scrollTop: number,
  overscan = 6,
): RowWindow {
  if (rows === 0 || viewHeight <= 0) return { first: 0, last: -1, top: 0 };
  const full = rows * rowHeight;
  const scrolled = scrolledHeight(rows, rowHeight);
  const way = scrolled - viewHeight;
  const scale = scrolled < full && way > 0 ? (full - viewHeight) / way : 1;
  const at = Math.max(0, Math.min(scrollTop, Math.max(0, way)) * scale) / rowHeight;
  const start = Math.floor(at);
  const first = Math.max(0, start - overscan);
  const last = Math.min(rows - 1, start + Math.ceil(viewHeight / rowHeight) + overscan);
  return { first, last, top: scrollTop - (at - first) * rowHeight };
}

/** The scroll position that brings a row into sight, or undefined when it is in sight already. */
export function scrollTo(
  row: number,
  rows: number,
  rowHeight: number,
  viewHeight: number,
  scrollTop: number,
): number | undefined {
  const full = rows * rowHeight;
  const scrolled = scrolledHeight(rows, rowHeight);
  const way = scrolled - viewHeight;
  const scale = scrolled < full && way > 0 ? (full - viewHeight) / way : 1;
  const from = scrollTop * scale;
  const top = row * rowHeight;
  if (top < from) return top / scale;
  if (top + rowHeight > from + viewHeight) return (top + rowHeight - viewHeight) / scale;
  return undefined;
}

export interface ColumnWindow {
  first: number;
  last: number;
  left: number;
}

/** The columns to draw: offsets[i] is where column i begins, with one entry more than there are columns. */
export function columnWindow(
  offsets: number[],
  viewWidth: number,
  scrollLeft: number,
  overscan = 2,
): ColumnWindow {
  const count = offsets.length - 1;
  if (count <= 0) return { first: 0, last: -1, left: 0 };
  const first = Math.max(0, columnAt(offsets, scrollLeft) - overscan);
  const last = Math.min(count - 1, columnAt(offsets, scrollLeft + viewWidth) + overscan);
  return { first, last, left: offsets[first] ?? 0 };
}

function columnAt(offsets: number[], x: number): number {
  let low = 0;
  let high = offsets.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((offsets[middle] ?? 0) <= x) low = middle;
    else high = middle - 1;
  }
  return low;
}

export function offsetsOf(widths: number[]): number[] {
  const offsets = [0];
  let sum = 0;
  for (const width of widths) {
    sum += width;
    offsets.push(sum);
  }
  return offsets;
}
