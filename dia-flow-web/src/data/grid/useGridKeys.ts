import { useClipboard } from '@mantine/hooks';
import { type KeyboardEvent, type RefObject, useId, useState } from 'react';
import { cellText } from './cells';
import type { GridSource } from './source';
import { scrollTo } from './window';

interface Options {
  source: GridSource;
  scroller: RefObject<HTMLDivElement | null>;
  offsets: number[];
  rowHeight: number;
  bodyHeight: number;
  numberWidth: number;
}

type Place = [row: number, column: number];

/** One cell of the grid is active; arrows move it and Ctrl/⌘-C copies it. */
export function useGridKeys(options: Options) {
  const { source, scroller, offsets, rowHeight, bodyHeight, numberWidth } = options;
  const id = useId();
  const clipboard = useClipboard({ timeout: 900 });
  const [active, setActive] = useState<Place>();
  const [copied, setCopied] = useState<Place>();

  const reveal = ([row, column]: Place) => {
    const element = scroller.current;
    if (!element) return;
    const top = scrollTo(row, source.total, rowHeight, bodyHeight, element.scrollTop);
    if (top !== undefined) element.scrollTop = top;
    const left = offsets[column] ?? 0;
    const right = offsets[column + 1] ?? left;
    if (left < element.scrollLeft) element.scrollLeft = left;
    else if (right + numberWidth > element.scrollLeft + element.clientWidth) {
      element.scrollLeft = right + numberWidth - element.clientWidth;
    }
  };

  const copy = (text: string, row: number, column: number) => {
    clipboard.copy(text);
    setActive([row, column]);
    setCopied([row, column]);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    const [row, column] = active ?? [0, 0];
    if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'c') {
      if (!active || window.getSelection()?.toString()) return;
      event.preventDefault();
      copy(cellText(source.row(row)?.[column]), row, column);
      return;
    }
    const page = Math.max(1, Math.floor(bodyHeight / rowHeight) - 1);
    const whole = event.metaKey || event.ctrlKey;
    const lastRow = source.total - 1;
    const lastColumn = source.columns.length - 1;
    const moves: Record<string, Place> = {
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      PageUp: [row - page, column],
      PageDown: [row + page, column],
      Home: [whole ? 0 : row, 0],
      End: [whole ? lastRow : row, lastColumn],
    };
    const move = moves[event.key];
    if (!move || source.total === 0) return;
    event.preventDefault();
    const next: Place = active ? [clamp(move[0], lastRow), clamp(move[1], lastColumn)] : [0, 0];
    setActive(next);
    reveal(next);
  };

  const same = (place: Place | undefined, row: number, column: number) =>
    place !== undefined && place[0] === row && place[1] === column;
  const cellId = (row: number, column: number) => `${id}-${row}-${column}`;

  return {
    onKeyDown,
    copy,
    pick: (row: number, column: number) => setActive([row, column]),
    isActive: (row: number, column: number) => same(active, row, column),
    isCopied: (row: number, column: number) => clipboard.copied && same(copied, row, column),
    cellId,
    activeId: active ? cellId(active[0], active[1]) : undefined,
  };
}

function clamp(value: number, last: number): number {
  return Math.max(0, Math.min(value, last));
}
