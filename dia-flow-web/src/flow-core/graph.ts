import { allNodes, BODY_FIELDS, bodyOf, bodyOfNode, ITEM, indexOf, nodesIn } from './tree';
import type { FlowDocument, FlowNode, Sources } from './types';

/** An edge as the canvas sees it. A waiting edge (from `after`) carries no data and has no ports. */
export interface Edge {
  id: string;
  /** The node that gives, or `item`: what the container around the target hands in. */
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
  return allNodes(doc).flatMap(incomingEdges);
}

const outside = new WeakMap<FlowNode, readonly string[]>();

/**
 * Ids of the nodes that a node waits for directly. A container also waits for what the nodes in it take from outside.
 */
export function sourcesOf(node: FlowNode): readonly string[] {
  let found = outside.get(node);
  if (!found) {
    const ids = new Set<string>();
    for (const edge of incomingEdges(node)) if (edge.source !== ITEM) ids.add(edge.source);
    for (const field of BODY_FIELDS) {
      const inner = bodyOf(node, field);
      const own = new Set(inner.map((each) => each.id));
      for (const each of inner) {
        for (const id of sourcesOf(each)) if (!own.has(id)) ids.add(id);
      }
    }
    found = [...ids];
    outside.set(node, found);
  }
  return found;
}

/** Ids of all nodes that come before id, nearest first: those beside it, then those before the container it is in. */
export function upstreamOf(doc: FlowDocument, id: string): string[] {
  const index = indexOf(doc);
  const seen = new Set<string>();
  for (let at: string | undefined = id; at !== undefined; ) {
    const body = bodyOfNode(doc, at);
    const beside = new Map(nodesIn(doc, body).map((node) => [node.id, node]));
    let frontier = [at];
    while (frontier.length > 0) {
      const next: string[] = [];
      for (const from of frontier) {
        const node = beside.get(from) ?? index.get(from)?.node;
        for (const source of node ? sourcesOf(node) : []) {
          if (source === at || seen.has(source) || !beside.has(source)) continue;
          seen.add(source);
          next.push(source);
        }
      }
      frontier = next;
    }
    at = body?.container;
  }
  return [...seen];
}

/** The nodes of one cycle, or nothing when no level of the document has one. */
export function findCycle(doc: FlowDocument): string[] {
  const levels = [doc.spec.nodes];
  for (const level of levels) {
    const found = cycleIn(level);
    if (found.length > 0) return found;
    for (const node of level) {
      for (const field of BODY_FIELDS) if (node[field]) levels.push(bodyOf(node, field));
    }
  }
  return [];
}

function cycleIn(nodes: FlowNode[]): string[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const state = new Map<string, 'open' | 'done'>();
  const path: string[] = [];
  const visit = (id: string): string[] => {
    state.set(id, 'open');
    path.push(id);
    const node = byId.get(id);
    for (const source of node ? sourcesOf(node) : []) {
      if (!byId.has(source)) continue;
      const seen = state.get(source);
      if (seen === 'open') return path.slice(path.indexOf(source));
      if (!seen) {
        const found = visit(source);
        if (found.length > 0) return found;
      }
    }
    path.pop();
    state.set(id, 'done');
    return [];
  };
  for (const node of nodes) {
    if (state.has(node.id)) continue;
    const found = visit(node.id);
    if (found.length > 0) return found;
  }
  return [];
}
