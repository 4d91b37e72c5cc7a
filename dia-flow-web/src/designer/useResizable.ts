import { useLocalStorage } from '@mantine/hooks';
import { type KeyboardEvent, type PointerEvent, useCallback } from 'react';

interface Options {
  key: string;
  initial: number;
  min: number;
  max: () => number;
  /** Which way the pointer moves to make the panel larger. */
  grow: 'left' | 'right' | 'up';
}

/** Size of a panel that is dragged by its edge or moved by arrow keys, remembered on this machine. */
export function useResizable({ key, initial, min, max, grow }: Options) {
  const [stored, setSize] = useLocalStorage({
    key: `dataflow-designer-${key}`,
    defaultValue: initial,
    getInitialValueInEffect: false,
  });
  const clamp = useCallback(
    (value: number) => Math.round(Math.max(min, Math.min(max(), value))),
    [min, max],
  );
  const size = clamp(Number.isFinite(stored) ? stored : initial);
  const vertical = grow === 'up';

  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    event.preventDefault();
    const from = vertical ? event.clientY : event.clientX;
    const handle = event.currentTarget;
    handle.setPointerCapture(event.pointerId);
    const move = (e: globalThis.PointerEvent) => {
      const delta = (vertical ? e.clientY : e.clientX) - from;
      setSize(clamp(size + (grow === 'right' ? delta : -delta)));
    };
    const end = () => {
      handle.removeEventListener('pointermove', move);
      handle.removeEventListener('pointerup', end);
      handle.removeEventListener('pointercancel', end);
    };
    handle.addEventListener('pointermove', move);
    handle.addEventListener('pointerup', end);
    handle.addEventListener('pointercancel', end);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const larger = { left: 'ArrowLeft', right: 'ArrowRight', up: 'ArrowUp' }[grow];
    const smaller = { left: 'ArrowRight', right: 'ArrowLeft', up: 'ArrowDown' }[grow];
    if (event.key === larger) setSize(clamp(size + 24));
    else if (event.key === smaller) setSize(clamp(size - 24));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return {
    size,
    min,
    max: max(),
    vertical,
    onPointerDown,
    onKeyDown,
    reset: () => setSize(initial),
  };
}

export type Resizable = ReturnType<typeof useResizable>;
