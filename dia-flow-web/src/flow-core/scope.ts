import { parseSource, sourceList, upstreamOf } from './graph';
import {
  type BodyRef,
  bodyOf,
  bodyOfNode,
  containersOf,
  ITEM,
  isContainer,
  nodeById,
  nodesIn,
} from './tree';
import type { FlowDocument, FlowNode } from './types';

/** Ids of the nodes that a node in a body may take from: those beside it and those around its containers. */
export function visibleIn(doc: FlowDocument, body: BodyRef | null): Set<string> {
  const ids = new Set<string>();
  for (let at = body; ; at = bodyOfNode(doc, at.container)) {
    for (const node of nodesIn(doc, at)) ids.add(node.id);
    if (!at) break;
  }
  // A container has ended only when its body has.
  for (let at = body; at; at = bodyOfNode(doc, at.container)) ids.delete(at.container);
  if (itemBody(doc, body)) ids.add(ITEM);
  return ids;
}

export function visibleFrom(doc: FlowDocument, id: string): Set<string> {
  const ids = visibleIn(doc, bodyOfNode(doc, id));
  ids.delete(id);
  return ids;
}

/**
 * The body whose `item` nodes in a body see: a map's item, what a loop carries, the error in a catch. The other bodies
 * of a try add nothing to what is seen around them.
 */
export function itemBody(doc: FlowDocument, body: BodyRef | null): BodyRef | null {
  for (let at = body; at; at = bodyOfNode(doc, at.container)) {
    const container = nodeById(doc, at.container);
    if (container?.type !== 'control.try' || at.field === 'catch') return at;
  }
  return null;
}

/** Whether the body itself hands an item to its nodes. */
export function givesItem(container: FlowNode, field: BodyRef['field']): boolean {
  return container.type !== 'control.try' || field === 'catch';
}

/** The node beside `source`, or `target` itself, in which the target lies: what would wait for the source. */
export function besideSource(
  doc: FlowDocument,
  source: string,
  target: string,
): string | undefined {
  const body = bodyOfNode(doc, source);
  for (const id of [target, ...containersOf(doc, target)]) {
    const own = bodyOfNode(doc, id);
    if (
      own === body ||
      (own && body && own.container === body.container && own.field === body.field)
    )
      return id;
  }
  return undefined;
}

/** Says whether data can flow from one node to another, also by way of the containers that they are in. */
export function reaches(doc: FlowDocument, from: string, to: string): boolean {
  return from === to || upstreamOf(doc, to).includes(from);
}

/** Whether an edge from source to target would make nodes wait for each other. */
export function wouldCycle(doc: FlowDocument, source: string, target: string): boolean {
  const waits = besideSource(doc, source, target);
  return waits !== undefined && (waits === source || reaches(doc, waits, source));
}

export interface Result {
  node: string;
  port: string;
  /** False when the container names none, so that the last node of its body gives it. */
  named: boolean;
}

/** What one instance of a container's body gives. */
export function resultOf(container: FlowNode): Result | undefined {
  if (!isContainer(container)) return undefined;
  const body = bodyOf(container, 'nodes');
  const named = container.with?.result;
  if (typeof named === 'string' && named !== '') {
    const ref = parseSource(named);
    return body.some((node) => node.id === ref.node) ? { ...ref, named: true } : undefined;
  }
  const last = body.at(-1);
  return last ? { node: last.id, port: '', named: false } : undefined;
}

/** Drops the sources of nodes that they can no longer see, and a container's result that is no longer in it. */
export function withoutUnseen(doc: FlowDocument, node: FlowNode): FlowNode {
  const seen = visibleFrom(doc, node.id);
  let next = node;
  if (node.in) {
    const kept = Object.entries(node.in).flatMap(([port, sources]) => {
      const list = sourceList(sources);
      const left = list.filter((text) => seen.has(parseSource(text).node));
      if (left.length === list.length) return [[port, sources] as const];
      return left.length > 0 ? [[port, left.length === 1 ? (left[0] ?? '') : left] as const] : [];
    });
    if (kept.length < Object.keys(node.in).length || kept.some(([p, s]) => node.in?.[p] !== s)) {
      const { in: _, ...rest } = next;
      next = kept.length > 0 ? { ...rest, in: Object.fromEntries(kept) } : rest;
    }
  }
  const after = node.after?.filter((id) => seen.has(id));
  if (after && after.length !== node.after?.length) {
    const { after: _, ...rest } = next;
    next = after.length > 0 ? { ...rest, after } : rest;
  }
  return withoutLostResult(next);
}

/** A result that names a node outside of the body is left out. */
export function withoutLostResult(node: FlowNode): FlowNode {
  const named = node.with?.result;
  if (!isContainer(node) || typeof named !== 'string' || !named) return node;
  if (named.includes('{{') || resultOf(node)) return node;
  const { result: _, ...config } = node.with ?? {};
  if (Object.keys(config).length > 0) return { ...node, with: config };
  const { with: __, ...rest } = node;
  return rest;
}
