import { sourceList } from './graph';
import { type Path, setAt } from './paths';
import { renameInValue } from './references';
import { withoutLostResult } from './scope';
import { type BodyRef, idsWithin, isContainer, mapTree, nodeById, withNodesIn } from './tree';
import type { FlowDocument, FlowNode, FlowSpec, Metadata, Position, Sources } from './types';

/**
 * One change to the document. Edits with the same non-empty `merge` that follow each other closely become one step of
 * the history, such as the letters of a word.
 */
export interface Edit {
  label: string;
  merge?: string;
  apply: (doc: FlowDocument) => FlowDocument;
}

/** Runs several edits as one step of the history. */
export function together(label: string, edits: readonly Edit[]): Edit {
  return { label, apply: (doc) => edits.reduce((at, edit) => edit.apply(at), doc) };
}

const GRID = 8;

export function snap(position: Position): Position {
  return [Math.round(position[0] / GRID) * GRID, Math.round(position[1] / GRID) * GRID];
}

export function withSpec(doc: FlowDocument, change: Partial<FlowSpec>): FlowDocument {
  return { ...doc, spec: { ...doc.spec, ...change } };
}

export function withNode(
  doc: FlowDocument,
  id: string,
  change: (node: FlowNode) => FlowNode,
): FlowDocument {
  const nodes = mapTree(doc.spec.nodes, (node) => (node.id === id ? change(node) : node));
  return nodes === doc.spec.nodes ? doc : withSpec(doc, { nodes });
}

/** Adds nodes to the flow or to a body. Positions in a body count from its corner. */
export function addNodes(
  nodes: FlowNode[],
  layout: Record<string, Position>,
  label = 'add',
  body: BodyRef | null = null,
): Edit {
  return {
    label,
    apply: (doc) => {
      const placed = Object.fromEntries(
        Object.entries(layout).map(([id, position]) => [id, snap(position)]),
      );
      const grown = withNodesIn(doc, body, (old) => [...old, ...nodes]);
      return withSpec(grown, { layout: { ...doc.spec.layout, ...placed } });
    },
  };
}

export function moveNodes(layout: Record<string, Position>, merge?: string): Edit {
  return {
    label: 'move',
    ...(merge ? { merge } : {}),
    apply: (doc) => {
      const next: Record<string, number[]> = { ...doc.spec.layout };
      let changed = false;
      for (const [id, position] of Object.entries(layout)) {
        const at = snap(position);
        const [x, y, ...size] = next[id] ?? [];
        if (x === at[0] && y === at[1]) continue;
        next[id] = [...at, ...size];
        changed = true;
      }
      return changed ? withSpec(doc, { layout: next }) : doc;
    },
  };
}

/** Writes layout entries as they are. */
export function setLayout(layout: Record<string, number[]>): Edit {
  return {
    label: 'move',
    apply: (doc) =>
      Object.keys(layout).length > 0
        ? withSpec(doc, { layout: { ...doc.spec.layout, ...layout } })
        : doc,
  };
}

/** Makes a container larger, from any corner: its place may change with its size. */
export function resizeNode(id: string, position: Position, size: Position): Edit {
  return {
    label: 'resize',
    apply: (doc) =>
      withSpec(doc, { layout: { ...doc.spec.layout, [id]: [...snap(position), ...snap(size)] } }),
  };
}

/** Lets a container be as large as what is in it asks for. */
export function fitContainer(id: string): Edit {
  return {
    label: 'resize',
    apply: (doc) => {
      const [x = 0, y = 0, ...size] = doc.spec.layout?.[id] ?? [];
      if (size.length === 0) return doc;
      return withSpec(doc, { layout: { ...doc.spec.layout, [id]: [x, y] } });
    },
  };
}

function keepSources(
  input: Record<string, Sources> | undefined,
  keep: (source: string) => boolean,
): Record<string, Sources> | undefined {
  if (!input) return undefined;
  const next: Record<string, Sources> = {};
  let changed = false;
  for (const [port, sources] of Object.entries(input)) {
    const list = sourceList(sources);
    const kept = list.filter(keep);
    if (kept.length === list.length) {
      next[port] = sources;
      continue;
    }
    changed = true;
    if (kept.length > 0) next[port] = packSources(kept);
  }
  if (!changed) return input;
  return Object.keys(next).length > 0 ? next : undefined;
}

export function packSources(list: string[]): Sources {
  return list.length === 1 && list[0] !== undefined ? list[0] : list;
}

export function without<T extends object, K extends keyof T>(object: T, key: K): T {
  const { [key]: _, ...rest } = object;
  return rest as T;
}

export function setIn(node: FlowNode, input: Record<string, Sources> | undefined): FlowNode {
  if (input === node.in) return node;
  return input ? { ...node, in: input } : without(node, 'in');
}

export function setAfter(node: FlowNode, after: string[]): FlowNode {
  return after.length > 0 ? { ...node, after } : without(node, 'after');
}

/** Removes nodes with everything that hangs on them, containers with what is in them. */
export function removeNodes(ids: readonly string[]): Edit {
  return {
    label: 'delete',
    apply: (doc) => {
      const gone = new Set(ids);
      for (const id of ids) {
        const node = nodeById(doc, id);
        for (const inner of node ? idsWithin(node) : []) gone.add(inner);
      }
      const nodes = mapTree(doc.spec.nodes, (node) =>
        gone.has(node.id) ? null : withoutLostResult(withoutSources(node, gone)),
      );
      const layout = Object.fromEntries(
        Object.entries(doc.spec.layout ?? {}).filter(([id]) => !gone.has(id)),
      );
      return withSpec(doc, doc.spec.layout ? { nodes, layout } : { nodes });
    },
  };
}

function withoutSources(node: FlowNode, gone: ReadonlySet<string>): FlowNode {
  const fed = setIn(
    node,
    keepSources(node.in, (s) => !gone.has(s.split('.')[0] ?? s)),
  );
  if (!fed.after?.some((id) => gone.has(id))) return fed;
  return setAfter(
    fed,
    fed.after.filter((id) => !gone.has(id)),
  );
}

/** Gives a node another id and follows it through `in`, `after`, the layout and every expression. */
export function renameNode(from: string, to: string): Edit {
  const rename = (id: string) => (id === from ? to : id);
  return {
    label: 'rename',
    apply: (doc) => {
      if (from === to) return doc;
      const nodes = mapTree(doc.spec.nodes, (node) => renamed(node, from, rename));
      const layout = doc.spec.layout
        ? Object.fromEntries(Object.entries(doc.spec.layout).map(([id, at]) => [rename(id), at]))
        : undefined;
      return withSpec(doc, layout ? { nodes, layout } : { nodes });
    },
  };
}

function renamed(node: FlowNode, from: string, rename: (id: string) => string): FlowNode {
  let next = node.id === from ? { ...node, id: rename(from) } : node;
  const source = (text: string) => {
    const [id = text, ...rest] = text.split('.');
    return [rename(id), ...rest].join('.');
  };
  const fed = Object.values(node.in ?? {}).flatMap(sourceList);
  if (fed.some((text) => source(text) !== text)) {
    const entries = Object.entries(node.in ?? {});
    next = {
      ...next,
      in: Object.fromEntries(entries.map(([p, s]) => [p, packSources(sourceList(s).map(source))])),
    };
  }
  if (node.after?.includes(from)) next = { ...next, after: node.after.map(rename) };
  if (!next.with) return next;
  let config = renameInValue(next.with, rename);
  const { result } = config;
  if (isContainer(node) && typeof result === 'string' && source(result) !== result) {
    config = { ...config, result: source(result) };
  }
  return config === next.with ? next : { ...next, with: config };
}

/** Renames an input that the user named. */
export function renameInput(id: string, from: string, to: string): Edit {
  return {
    label: 'rename_input',
    merge: `rename_input:${id}`,
    apply: (doc) =>
      withNode(doc, id, (node) => {
        if (from === to || !node.in || node.in[from] === undefined || node.in[to]) return node;
        const entries = Object.entries(node.in).map(([port, s]) => [port === from ? to : port, s]);
        return { ...node, in: Object.fromEntries(entries) };
      }),
  };
}

/** Sets one place of a node, such as with.where; undefined removes it. */
export function setNodeField(id: string, path: Path, value: unknown): Edit {
  return {
    label: 'edit',
    merge: `field:${id}:${path.join('.')}`,
    apply: (doc) => withNode(doc, id, (node) => prune(setAt(node, path, value) as FlowNode)),
  };
}

/** Leaves out empty holders, so that an untouched node stays short in YAML. */
function prune(node: FlowNode): FlowNode {
  let next = node;
  if (next.with && Object.keys(next.with).length === 0) next = without(next, 'with');
  if (next.retry && Object.keys(next.retry).length === 0) next = without(next, 'retry');
  if (next.contract && Object.keys(next.contract).length === 0) next = without(next, 'contract');
  if (next.pin && Object.keys(next.pin).length === 0) next = without(next, 'pin');
  return next;
}

export function setMetadata(change: Partial<Metadata>): Edit {
  return {
    label: 'settings',
    merge: `metadata:${Object.keys(change).join()}`,
    apply: (doc) => {
      const metadata = { ...doc.metadata, ...change };
      if (!metadata.title) delete metadata.title;
      if (!metadata.description) delete metadata.description;
      return { ...doc, metadata };
    },
  };
}

const OPTIONAL = [
  'params',
  'triggers',
  'vars',
  'timeout',
  'sla',
  'concurrency',
  'rate',
  'priority',
  'retention',
] as const;

/** Sets params, triggers and other parts beside the nodes. An empty part is left out. */
export function setSpec(change: Partial<Omit<FlowSpec, 'nodes'>>, merge?: string): Edit {
  return {
    label: 'settings',
    ...(merge ? { merge } : {}),
    apply: (doc) => {
      const next = withSpec(doc, change);
      for (const key of OPTIONAL) {
        const part = next.spec[key];
        const empty = !part || (typeof part === 'object' && Object.keys(part).length === 0);
        if (empty) delete next.spec[key];
      }
      return next;
    },
  };
}

export function replaceDocument(next: FlowDocument, label = 'yaml'): Edit {
  return { label, apply: () => next };
}
