import type { FlowDocument, FlowNode, Sources } from './types';

/** An edge as the canvas sees it. A waiting edge (from `after`) carries no data and has no ports. */
export interface Edge {
  id: string;
  source: string;
  /** Empty when the document names only the node: its one output is meant. */
  sourcePort: string;
  target: string;
  targetPort: string;
  waits: boolean;
}

export interface SourceRef {
  node: string;
  port: string;
}

export function parseSource(text: string): SourceRef {
  const dot = text.indexOf('.');
  return dot < 0
    ? { node: text, port: '' }
    : { node: text.slice(0, dot), port: text.slice(dot + 1) };
}

export function formatSource(ref: SourceRef): string {
  return ref.port ? `${ref.node}.${ref.port}` : ref.node;
}

export function sourceList(sources: Sources | undefined): string[] {
  if (sources === undefined) return [];
  return Array.isArray(sources) ? sources : [sources];
}

export function nodeById(doc: FlowDocument, id: string): FlowNode | undefined {
  return doc.spec.nodes.find((node) => node.id === id);
}

export function edgeId(source: SourceRef, target: SourceRef): string {
  return `${formatSource(source)}->${target.node}.${target.port}`;
}

export function waitId(source: string, target: string): string {
  return `${source}~>${target}`;
}

export function incomingEdges(node: FlowNode): Edge[] {
  const edges: Edge[] = [];
  for (const [port, sources] of Object.entries(node.in ?? {})) {
    for (const text of sourceList(sources)) {
      const ref = parseSource(text);
      edges.push({
        id: edgeId(ref, { node: node.id, port }),
        source: ref.node,
        sourcePort: ref.port,
        target: node.id,
        targetPort: port,
        waits: false,
      });
    }
  }
  for (const source of node.after ?? []) {
    edges.push({
      id: waitId(source, node.id),
      source,
      sourcePort: '',
      target: node.id,
      targetPort: '',
      waits: true,
    });
  }
  return edges;
}

export function allEdges(doc: FlowDocument): Edge[] {
  return doc.spec.nodes.flatMap(incomingEdges);
}

/** Ids of all nodes that come before id, nearest first. */
export function upstreamOf(doc: FlowDocument, id: string): string[] {
  const byId = new Map(doc.spec.nodes.map((node) => [node.id, node]));
  const seen = new Set<string>();
  let frontier = [id];
  while (frontier.length > 0) {
    const next: string[] = [];
    for (const at of frontier) {
      const node = byId.get(at);
      if (!node) continue;
      for (const edge of incomingEdges(node)) {
        if (edge.source === id || seen.has(edge.source) || !byId.has(edge.source)) continue;
        seen.add(edge.source);
        next.push(edge.source);
      }
    }
    frontier = next;
  }
  return [...seen];
}

/** Says whether data can flow from one node to another. */
export function reaches(doc: FlowDocument, from: string, to: string): boolean {
  return from === to || upstreamOf(doc, to).includes(from);
}

/** The nodes of one cycle, or nothing when the graph has none. */
export function findCycle(doc: FlowDocument): string[] {
  const byId = new Map(doc.spec.nodes.map((node) => [node.id, node]));
  const state = new Map<string, 'open' | 'done'>();
  const path: string[] = [];
  const visit = (id: string): string[] => {
    state.set(id, 'open');
    path.push(id);
    const node = byId.get(id);
    for (const edge of node ? incomingEdges(node) : []) {
      if (!byId.has(edge.source)) continue;
      const seen = state.get(edge.source);
      if (seen === 'open') return path.slice(path.indexOf(edge.source));
      if (!seen) {
        const found = visit(edge.source);
        if (found.length > 0) return found;
      }
    }
    path.pop();
    state.set(id, 'done');
    return [];
  };
  for (const node of doc.spec.nodes) {
    if (state.has(node.id)) continue;
    const found = visit(node.id);
    if (found.length > 0) return found;
  }
  return [];
}
