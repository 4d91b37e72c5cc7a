import { type RefObject, useLayoutEffect, useState } from 'react';

export interface Viewport {
  width: number;
  height: number;
  top: number;
  left: number;
}

/** Size and scroll position of an element, at most one change a frame. */
export function useViewport(ref: RefObject<HTMLElement | null>): Viewport {
  const [viewport, setViewport] = useState<Viewport>({ width: 0, height: 0, top: 0, left: 0 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    let frame = 0;
    const read = () => {
      frame = 0;
      const next = {
        width: element.clientWidth,
        height: element.clientHeight,
        top: element.scrollTop,
        left: element.scrollLeft,
      };
      setViewport((old) =>
        old.width === next.width &&
        old.height === next.height &&
        old.top === next.top &&
        old.left === next.left
          ? old
          : next,
      );
    };
    const later = () => {
      frame ||= requestAnimationFrame(read);
    };
    read();
    const observer = new ResizeObserver(later);
    observer.observe(element);
    element.addEventListener('scroll', later, { passive: true });
    return () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
      element.removeEventListener('scroll', later);
    };
  }, [ref]);
  return viewport;
}
