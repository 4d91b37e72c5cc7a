import { parse, stringify } from 'yaml';
import { addNodes, type Edit, packSources, setLayout, together } from './edits';
import { sourceList } from './graph';
import { freeNodeId } from './ids';
import { renameInValue } from './references';
import { visibleIn } from './scope';
import {
  BODY_FIELDS,
  type BodyRef,
  bodyOf,
  bodyOfNode,
  ITEM,
  idsWithin,
  indexOf,
  isContainer,
  outermost,
  withBody,
} from './tree';
import type { FlowDocument, FlowNode, Position, Sources } from './types';

const MARK = 'dataflow/nodes';

interface Fragment {
  kind: typeof MARK;
  nodes: FlowNode[];
  layout?: Record<string, number[]>;
}

/** Nodes, with what is in them, as text that can be pasted here, into another flow or into a file. */
export function copyNodes(doc: FlowDocument, ids: readonly string[]): string {
  const wanted = new Set(outermost(doc, ids));
  const nodes = [...indexOf(doc).values()].flatMap(({ node }) =>
    wanted.has(node.id) ? [node] : [],
  );
  const layout: Record<string, number[]> = {};
  for (const id of nodes.flatMap((node) => [node.id, ...idsWithin(node)])) {
    const at = doc.spec.layout?.[id];
    if (at) layout[id] = at;
  }
  const fragment: Fragment = { kind: MARK, nodes, layout };
  return stringify(fragment, { lineWidth: 0 });
}

/** Reads a copied fragment or a whole flow document from YAML or JSON; undefined when the text is neither. */
export function readFragment(text: string): Fragment | undefined {
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const spec = value.kind === 'Flow' && isObject(value.spec) ? value.spec : undefined;
  const holder = spec ?? (value.kind === MARK ? value : undefined);
  if (!holder || !Array.isArray(holder.nodes)) return undefined;
  const nodes = holder.nodes.filter(
    (node): node is FlowNode =>
      isObject(node) && typeof node.id === 'string' && typeof node.type === 'string',
  );
  if (nodes.length === 0) return undefined;
  const layout = isObject(holder.layout) ? (holder.layout as Record<string, number[]>) : undefined;
  return layout ? { kind: MARK, nodes, layout } : { kind: MARK, nodes };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

export interface Pasted {
  edit: Edit;
  ids: string[];
}

/**
 * Adds a fragment under free ids, to the flow or to a body. Links inside the fragment stay inside; links to nodes that
 * cannot be seen where it is pasted are dropped, and the others are kept, so that a duplicate is fed like its original.
 * Ids in `taken` are no more free than those of the flow.
 */
export function pasteNodes(
  doc: FlowDocument,
  fragment: Fragment,
  place: { at?: Position; offset?: number; body?: BodyRef | null; taken?: readonly string[] },
): Pasted {
  const body = place.body ?? null;
  const taken = new Set([...indexOf(doc).keys(), ...(place.taken ?? [])]);
  const names = new Map<string, string>();
  for (const id of fragment.nodes.flatMap((node) => [node.id, ...idsWithin(node)])) {
    const free = freeNodeId(taken, id);
    taken.add(free);
    names.set(id, free);
  }
  const rename = (id: string) => names.get(id) ?? id;
  const outside = visibleIn(doc, body);
  const nodes = fragment.nodes.map((node) =>
    adapted(node, rename, (id) => names.has(id) || outside.has(id)),
  );

  const layout: Record<string, Position> = {};
  const corners = fragment.nodes.flatMap((node) => {
    const at = fragment.layout?.[node.id];
    return at ? [at] : [];
  });
  const left = corners.length > 0 ? Math.min(...corners.map((p) => p[0] ?? 0)) : 0;
  const top = corners.length > 0 ? Math.min(...corners.map((p) => p[1] ?? 0)) : 0;
  const offset = place.offset ?? 48;
  for (const node of fragment.nodes) {
    const [x = 0, y = 0] = fragment.layout?.[node.id] ?? [];
    layout[rename(node.id)] = place.at
      ? [place.at[0] + x - left, place.at[1] + y - top]
      : [x + offset, y + offset];
  }
  return {
    edit: together('paste', [
      addNodes(nodes, layout, 'paste', body),
      setLayout(innerLayout(fragment, rename)),
    ]),
    ids: nodes.map((node) => node.id),
  };
}

/** What stands within pasted containers keeps its place in them, and a container that was made larger its size. */
function innerLayout(fragment: Fragment, rename: (id: string) => string): Record<string, number[]> {
  const outer = new Set(fragment.nodes.map((node) => node.id));
  return Object.fromEntries(
    Object.entries(fragment.layout ?? {}).flatMap(([id, at]) =>
      outer.has(id) ? [] : [[rename(id), at]],
    ),
  );
}

/** A copy of a node under its new id, in which what it cannot see is let go. */
function adapted(
  node: FlowNode,
  rename: (id: string) => string,
  known: (id: string) => boolean,
): FlowNode {
  let next: FlowNode = { ...node, id: rename(node.id) };
  if (node.with) next.with = renameInValue(node.with, rename);
  const { result } = node.with ?? {};
  if (isContainer(node) && typeof result === 'string') {
    next.with = { ...next.with, result: renamedSource(result, rename) };
  }
  delete next.in;
  delete next.after;
  const input: Record<string, Sources> = {};
  for (const [port, sources] of Object.entries(node.in ?? {})) {
    const kept = sourceList(sources)
      .filter((text) => known(text.split('.')[0] ?? ''))
      .map((text) => renamedSource(text, rename));
    if (kept.length > 0) input[port] = packSources(kept);
  }
  if (Object.keys(input).length > 0) next.in = input;
  const after = node.after?.filter(known).map(rename);
  if (after && after.length > 0) next.after = after;
  for (const field of BODY_FIELDS) {
    if (!node[field]) continue;
    const inner = bodyOf(node, field).map((each) =>
      adapted(each, rename, (id) => id === ITEM || known(id)),
    );
    next = withBody(next, field, inner);
  }
  return next;
}

function renamedSource(text: string, rename: (id: string) => string): string {
  const [id = text, ...rest] = text.split('.');
  return [rename(id), ...rest].join('.');
}

/** Copies of nodes beside them; all of them go into the body of the first. */
export function duplicateNodes(
  doc: FlowDocument,
  ids: readonly string[],
  taken: readonly string[] = [],
): Pasted | undefined {
  const fragment = readFragment(copyNodes(doc, ids));
  const first = fragment?.nodes[0];
  return fragment && first
    ? pasteNodes(doc, fragment, { offset: 48, body: bodyOfNode(doc, first.id), taken })
    : undefined;
}
