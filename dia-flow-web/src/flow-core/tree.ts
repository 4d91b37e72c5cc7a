import type { FlowDocument, FlowNode } from './types';

/** The fields of a container that hold nodes, in the order in which they are drawn. */
export const BODY_FIELDS = ['nodes', 'catch', 'finally'] as const;
export type BodyField = (typeof BODY_FIELDS)[number];

/** One list of nodes within a container. The flow's own list is null wherever a BodyRef may stand. */
export interface BodyRef {
  container: string;
  field: BodyField;
}

/** The source that stands for what a container hands to its body. */
export const ITEM = 'item';

const BODIES: Record<string, readonly BodyField[]> = {
  'control.map': ['nodes'],
  'control.loop': ['nodes'],
  'control.try': BODY_FIELDS,
};

export function isContainerType(type: string): boolean {
  return type in BODIES;
}

/** The bodies that a node has or may have; none when it is no container. */
export function bodyFields(node: FlowNode): readonly BodyField[] {
  return BODIES[node.type] ?? BODY_FIELDS.filter((field) => (node[field]?.length ?? 0) > 0);
}

export function isContainer(node: FlowNode): boolean {
  return bodyFields(node).length > 0;
}

export function bodyOf(node: FlowNode, field: BodyField): FlowNode[] {
  return node[field] ?? [];
}

/** A node with the place where it stands. */
export interface Placed {
  node: FlowNode;
  body: BodyRef | null;
  /** How many containers lie around it. */
  depth: number;
}

const indexes = new WeakMap<FlowNode[], Map<string, Placed>>();

/** All nodes of the document by id, each container before what is in it. Lives as long as the list of nodes. */
export function indexOf(doc: FlowDocument): Map<string, Placed> {
  const { nodes } = doc.spec;
  let index = indexes.get(nodes);
  if (!index) {
    index = new Map();
    fill(index, nodes, null, 0);
    indexes.set(nodes, index);
  }
  return index;
}

function fill(
  index: Map<string, Placed>,
  nodes: readonly FlowNode[],
  body: BodyRef | null,
  depth: number,
): void {
  for (const node of nodes) {
    if (!index.has(node.id)) index.set(node.id, { node, body, depth });
    for (const field of BODY_FIELDS) {
      const inner = node[field];
      if (inner?.length) fill(index, inner, { container: node.id, field }, depth + 1);
    }
  }
}

export function nodeById(doc: FlowDocument, id: string): FlowNode | undefined {
  return indexOf(doc).get(id)?.node;
}

export function allNodes(doc: FlowDocument): FlowNode[] {
  return [...indexOf(doc).values()].map((placed) => placed.node);
}

/** The body that a node stands in; null at the top and for a node that is not there. */
export function bodyOfNode(doc: FlowDocument, id: string): BodyRef | null {
  return indexOf(doc).get(id)?.body ?? null;
}

export function nodesIn(doc: FlowDocument, body: BodyRef | null): FlowNode[] {
  if (!body) return doc.spec.nodes;
  const container = nodeById(doc, body.container);
  return container ? bodyOf(container, body.field) : [];
}

export function sameBody(a: BodyRef | null, b: BodyRef | null): boolean {
  return a === b || (a?.container === b?.container && a?.field === b?.field);
}

/** The containers around a node, innermost first. */
export function containersOf(doc: FlowDocument, id: string): string[] {
  const around: string[] = [];
  for (let at = bodyOfNode(doc, id); at; at = bodyOfNode(doc, at.container)) {
    if (around.includes(at.container)) break;
    around.push(at.container);
  }
  return around;
}

/** Ids of the nodes within a node, at any depth, without its own. */
export function idsWithin(node: FlowNode): string[] {
  return BODY_FIELDS.flatMap((field) =>
    bodyOf(node, field).flatMap((inner) => [inner.id, ...idsWithin(inner)]),
  );
}

/** Of some nodes those that lie in none of the others. */
export function outermost(doc: FlowDocument, ids: readonly string[]): string[] {
  const chosen = new Set(ids);
  return ids.filter((id) => !containersOf(doc, id).some((around) => chosen.has(around)));
}

/**
 * Changes nodes of every level, inner ones first; null removes one. What stays as it is keeps its identity, and a body
 * that becomes empty is left out.
 */
export function mapTree(
  nodes: FlowNode[],
  change: (node: FlowNode) => FlowNode | null,
): FlowNode[] {
  let changed = false;
  const next: FlowNode[] = [];
  for (const node of nodes) {
    const mapped = change(mapBodies(node, (inner) => mapTree(inner, change)));
    changed ||= mapped !== node;
    if (mapped) next.push(mapped);
  }
  return changed ? next : nodes;
}

function mapBodies(node: FlowNode, map: (nodes: FlowNode[]) => FlowNode[]): FlowNode {
  let next = node;
  for (const field of BODY_FIELDS) {
    const inner = node[field];
    if (!inner) continue;
    const mapped = map(inner);
    if (mapped !== inner) next = withBody(next, field, mapped);
  }
  return next;
}

export function withBody(node: FlowNode, field: BodyField, nodes: FlowNode[]): FlowNode {
  if (nodes.length > 0) return { ...node, [field]: nodes };
  const { [field]: _, ...rest } = node;
  return rest;
}

/** A document with one list of nodes changed. */
export function withNodesIn(
  doc: FlowDocument,
  body: BodyRef | null,
  change: (nodes: FlowNode[]) => FlowNode[],
): FlowDocument {
  const nodes = body
    ? mapTree(doc.spec.nodes, (node) =>
        node.id === body.container
          ? withBody(node, body.field, change(bodyOf(node, body.field)))
          : node,
      )
    : change(doc.spec.nodes);
  return nodes === doc.spec.nodes ? doc : { ...doc, spec: { ...doc.spec, nodes } };
}
