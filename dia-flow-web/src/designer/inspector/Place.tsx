import { type ReactNode, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { isAtOrBelow, normalPath, saidIn } from '@/flow-core';
import { useFocusRequest } from '../fields/useFocusRequest';
import { useDesigner } from '../state/context';

/** Where a field beside the configuration is shown, so that a problem can lead to it. */
export function Place({
  node,
  field,
  children,
}: {
  node: string;
  field: string;
  children: ReactNode;
}) {
  const element = useRef<HTMLDivElement>(null);
  useFocusRequest(node, field, element);
  return (
    <div ref={element} data-field={field}>
      {children}
    </div>
  );
}

/** What is wrong at a field of a node, or with below at anything in it. */
export function useProblemAt(node: string) {
  const { i18n } = useTranslation();
  const problems = useDesigner((s) => s.problemsOf.get(node));
  return (field: string, below = false): string | undefined => {
    const found = problems?.find((p) => {
      const place = normalPath(p.field ?? '');
      return below ? isAtOrBelow(place, field) : place === field;
    });
    return found && saidIn(i18n.language, found);
  };
}
