import { createContext, type ReactNode, useContext } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import { type FlowDocument, type FlowNode, nodeById } from '@/flow-core';
import type { DesignerController } from './controller';
import type { DesignerState, DesignerStore } from './store';

const Context = createContext<DesignerController | null>(null);

export function DesignerProvider({
  controller,
  children,
}: {
  controller: DesignerController;
  children: ReactNode;
}) {
  return <Context.Provider value={controller}>{children}</Context.Provider>;
}

export function useController(): DesignerController {
  const controller = useContext(Context);
  if (!controller) throw new Error('useController outside a DesignerProvider');
  return controller;
}

export function useDesignerStore(): DesignerStore {
  return useController().store;
}

export function useDesigner<T>(selector: (state: DesignerState) => T): T {
  return useStore(useDesignerStore(), selector);
}

/** Like useDesigner for a selector that builds a new object or list of parts. */
export function useDesignerParts<T>(selector: (state: DesignerState) => T): T {
  return useStore(useDesignerStore(), useShallow(selector));
}

export function useDocument(): FlowDocument {
  return useDesigner((state) => state.history.document);
}

export function useNode(id: string | undefined): FlowNode | undefined {
  return useDesigner((state) => (id ? nodeById(state.history.document, id) : undefined));
}
