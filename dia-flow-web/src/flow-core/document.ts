import { API_VERSION, type FlowDocument } from './types';

export function emptyDocument(name: string, title?: string): FlowDocument {
  return {
    apiVersion: API_VERSION,
    kind: 'Flow',
    metadata: title ? { name, title } : { name },
    spec: { nodes: [] },
  };
}

/** A document as it comes from elsewhere, with the parts in place that may be left out. */
export function normalDocument(doc: FlowDocument): FlowDocument {
  return Array.isArray(doc.spec?.nodes) ? doc : { ...doc, spec: { ...doc.spec, nodes: [] } };
}
