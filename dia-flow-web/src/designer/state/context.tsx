import { createContext, type ReactNode, useContext } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { FlowDocument, FlowNode } from '@/flow-core';
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

const indexes = new WeakMap<FlowNode[], Map<string, FlowNode>>();

/** Looks a node up in constant time; the index lives as long as the list of nodes. */
export function findNode(doc: FlowDocument, id: string): FlowNode | undefined {
  let index = indexes.get(doc.spec.nodes);
  if (!index) {
    index = new Map(doc.spec.nodes.map((node) => [node.id, node]));
    indexes.set(doc.spec.nodes, index);
  }
  return index.get(id);
}

export function useNode(id: string | undefined): FlowNode | undefined {
  return useDesigner((state) => (id ? findNode(state.history.document, id) : undefined));
}
