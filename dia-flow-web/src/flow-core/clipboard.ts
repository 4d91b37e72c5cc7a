import { parse, stringify } from 'yaml';
import { addNodes, type Edit } from './edits';
import { sourceList } from './graph';
import { freeId } from './ids';
import { renameInValue } from './references';
import type { FlowDocument, FlowNode, Position, Sources } from './types';

const MARK = 'dataflow/nodes';

interface Fragment {
  kind: typeof MARK;
  nodes: FlowNode[];
  layout?: Record<string, number[]>;
}

/** Nodes as text that can be pasted here, into another flow or into a file. */
export function copyNodes(doc: FlowDocument, ids: readonly string[]): string {
  const wanted = new Set(ids);
  const nodes = doc.spec.nodes.filter((node) => wanted.has(node.id));
  const layout: Record<string, number[]> = {};
  for (const node of nodes) {
    const at = doc.spec.layout?.[node.id];
    if (at) layout[node.id] = at;
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
 * Adds a fragment under free ids. Links inside the fragment stay inside; links to nodes that the flow does not have are
 * dropped, and those to nodes that it has are kept, so that a duplicate is fed like its original.
 */
export function pasteNodes(
  doc: FlowDocument,
  fragment: Fragment,
  place: { at?: Position; offset?: number },
): Pasted {
  const taken = new Set(doc.spec.nodes.map((node) => node.id));
  const present = new Set(taken);
  const names = new Map<string, string>();
  for (const node of fragment.nodes) {
    const id = freeId(taken, node.id);
    taken.add(id);
    names.set(node.id, id);
  }
  const rename = (id: string) => names.get(id) ?? id;
  const known = (id: string) => names.has(id) || present.has(id);

  const nodes = fragment.nodes.map((node) => {
    const next: FlowNode = { ...node, id: rename(node.id) };
    if (node.with) next.with = renameInValue(node.with, rename);
    delete next.in;
    delete next.after;
    const input: Record<string, Sources> = {};
    for (const [port, sources] of Object.entries(node.in ?? {})) {
      const kept = sourceList(sources)
        .map((text) => text.split('.'))
        .filter(([id]) => id !== undefined && known(id))
        .map(([id = '', ...rest]) => [rename(id), ...rest].join('.'));
      if (kept.length > 0)
        input[port] = kept.length === 1 && kept[0] !== undefined ? kept[0] : kept;
    }
    if (Object.keys(input).length > 0) next.in = input;
    const after = node.after?.filter(known).map(rename);
    if (after && after.length > 0) next.after = after;
    return next;
  });

  const layout: Record<string, Position> = {};
  const positions = Object.values(fragment.layout ?? {});
  const left = Math.min(...positions.map((p) => p[0] ?? 0));
  const top = Math.min(...positions.map((p) => p[1] ?? 0));
  const offset = place.offset ?? 48;
  for (const node of fragment.nodes) {
    const [x = 0, y = 0] = fragment.layout?.[node.id] ?? [];
    layout[rename(node.id)] = place.at
      ? [
          place.at[0] + x - (Number.isFinite(left) ? left : 0),
          place.at[1] + y - (Number.isFinite(top) ? top : 0),
        ]
      : [x + offset, y + offset];
  }
  return { edit: addNodes(nodes, layout, 'paste'), ids: nodes.map((node) => node.id) };
}

export function duplicateNodes(doc: FlowDocument, ids: readonly string[]): Pasted | undefined {
  const fragment = readFragment(copyNodes(doc, ids));
  return fragment ? pasteNodes(doc, fragment, { offset: 48 }) : undefined;
}
