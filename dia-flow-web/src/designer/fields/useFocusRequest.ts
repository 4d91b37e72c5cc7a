import { useEffect } from 'react';
import { normalPath } from '@/flow-core';
import { useDesigner } from '../state/context';

/** Brings a field into sight and focuses it when a problem there was followed. */
export function useFocusRequest(
  nodeId: string,
  place: string,
  own: boolean,
  element: React.RefObject<HTMLDivElement | null>,
) {
  const request = useDesigner((s) => s.focusField);
  useEffect(() => {
    if (!own || request?.node !== nodeId || !request.field) return;
    if (normalPath(request.field) !== place) return;
    const timer = setTimeout(() => {
      element.current?.scrollIntoView({ block: 'center', behavior: 'smooth' });
      element.current
        ?.querySelector<HTMLElement>('input, textarea, [contenteditable="true"], select, button')
        ?.focus({ preventScroll: true });
    }, 80);
    return () => clearTimeout(timer);
  }, [request, nodeId, place, own, element]);
}
