import { allEdges, nodeById } from '@/flow-core';
import { useDesigner, useDesignerParts } from '../state/context';

export interface Subject {
  /** Node whose data is shown: the selected one, or the source of the selected edge. */
  node: string | undefined;
  /** Output on the selected edge. */
  port: string | undefined;
  edge: boolean;
  label: string;
}

export function useSubject(): Subject {
  const selected = useDesigner((s) => (s.selection.length === 1 ? s.selection[0] : undefined));
  return useDesignerParts((s): Subject => {
    const doc = s.history.document;
    if (selected) {
      const title = nodeById(doc, selected)?.title;
      return { node: selected, port: undefined, edge: false, label: title ?? selected };
    }
    const edge = s.edge ? allEdges(doc).find((e) => e.id === s.edge) : undefined;
    if (!edge) return { node: undefined, port: undefined, edge: false, label: '' };
    return {
      node: edge.source,
      port: edge.sourcePort || undefined,
      edge: true,
      label: `${edge.source} → ${edge.target}`,
    };
  });
}

const previewed = new Set(['table', 'quality']);

/** The node whose rows can be looked at without a run: one over tables, or whose source is asked, in the flow's own list of nodes. */
export function usePreviewed(subject: Pick<Subject, 'node'>): string | undefined {
  return useDesigner((s) => {
    const node = s.history.document.spec.nodes.find((n) => n.id === subject.node);
    const type = node ? s.types.get(node.type) : undefined;
    return type && (type.looks || previewed.has(type.doc.family)) ? node?.id : undefined;
  });
}
