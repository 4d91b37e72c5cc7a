import { type ComponentType, createContext, useContext } from 'react';
import type { FieldSpec } from '@/flow-core';
import type { FieldProps } from './types';

/** What edits each kind of value. */
export type Widgets = Record<FieldSpec['widget'], ComponentType<FieldProps>>;

const Context = createContext<Widgets | null>(null);

/** Wires the widgets up. Fields do not know them: some of them hold fields themselves. */
export const WidgetsProvider = Context.Provider;

export function useWidget(spec: FieldSpec): ComponentType<FieldProps> {
  const widgets = useContext(Context);
  if (!widgets) throw new Error('useWidget outside a WidgetsProvider');
  return widgets[spec.widget];
}
