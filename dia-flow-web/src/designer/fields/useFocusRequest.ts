import { useEffect } from 'react';
import { normalPath } from '@/flow-core';
import { useDesigner } from '../state/context';

/** Brings a field into sight and focuses it when a problem there was followed, or a new node is to be filled in. */
export function useFocusRequest(
  nodeId: string,
  place: string,
  element: React.RefObject<HTMLDivElement | null>,
) {
  const request = useDesigner((s) => s.focusField);
  useEffect(() => {
    if (request?.node !== nodeId || !request.field) return;
    if (normalPath(request.field) !== place) return;
    const timer = setTimeout(() => {
      element.current?.scrollIntoView({ block: 'center', behavior: 'smooth' });
      // The switch to an expression stands before the field; a list without rows has only the button for one.
      const field =
        element.current?.querySelector<HTMLElement>(
          'input:not([type="hidden"]), textarea, [contenteditable="true"], select',
        ) ?? element.current?.querySelector('button');
      field?.focus({ preventScroll: true });
    }, 80);
    return () => clearTimeout(timer);
  }, [request, nodeId, place, element]);
}
