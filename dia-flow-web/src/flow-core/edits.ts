import { type Edge, edgeId, formatSource, nodeById, sourceList, waitId } from './graph';
import { freeId } from './ids';
import { type Path, setAt } from './paths';
import {
  AFTER,
  type ConnectionAttempt,
  NEW_INPUT,
  outputPorts,
  sourceText,
  type TypeIndex,
} from './ports';
import { mainParameters } from './python';
import { renameInValue } from './references';
import type {
  Analysis,
  FlowDocument,
  FlowNode,
  FlowSpec,
  Metadata,
  Position,
  Sources,
} from './types';

/**
 * One change to the document. Edits with the same non-empty `merge` that follow each other closely become one step of
 * the history, such as the letters of a word.
 */
export interface Edit {
  label: string;
  merge?: string;
  apply: (doc: FlowDocument) => FlowDocument;
}

const GRID = 8;

export function snap(position: Position): Position {
  return [Math.round(position[0] / GRID) * GRID, Math.round(position[1] / GRID) * GRID];
}

function withSpec(doc: FlowDocument, change: Partial<FlowSpec>): FlowDocument {
  return { ...doc, spec: { ...doc.spec, ...change } };
}

function withNode(
  doc: FlowDocument,
  id: string,
  change: (node: FlowNode) => FlowNode,
): FlowDocument {
  let changed = false;
  const nodes = doc.spec.nodes.map((node) => {
    if (node.id !== id) return node;
    const next = change(node);
    changed ||= next !== node;
    return next;
  });
  return changed ? withSpec(doc, { nodes }) : doc;
}

export function addNodes(nodes: FlowNode[], layout: Record<string, Position>, label = 'add'): Edit {
  return {
    label,
    apply: (doc) => {
      const placed = Object.fromEntries(
        Object.entries(layout).map(([id, position]) => [id, snap(position)]),
      );
      return withSpec(doc, {
        nodes: [...doc.spec.nodes, ...nodes],
        layout: { ...doc.spec.layout, ...placed },
      });
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
        const old = next[id];
        if (old && old[0] === at[0] && old[1] === at[1]) continue;
        next[id] = at;
        changed = true;
      }
      return changed ? withSpec(doc, { layout: next }) : doc;
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

function packSources(list: string[]): Sources {
  return list.length === 1 && list[0] !== undefined ? list[0] : list;
}

function without<T extends object, K extends keyof T>(object: T, key: K): T {
  const { [key]: _, ...rest } = object;
  return rest as T;
}

function setIn(node: FlowNode, input: Record<string, Sources> | undefined): FlowNode {
  if (input === node.in) return node;
  return input ? { ...node, in: input } : without(node, 'in');
}

function setAfter(node: FlowNode, after: string[]): FlowNode {
  return after.length > 0 ? { ...node, after } : without(node, 'after');
}

/** Removes nodes with everything that hangs on them. */
export function removeNodes(ids: readonly string[]): Edit {
  const gone = new Set(ids);
  return {
    label: 'delete',
    apply: (doc) => {
      const nodes = doc.spec.nodes
        .filter((node) => !gone.has(node.id))
        .map((node) => {
          const fed = setIn(
            node,
            keepSources(node.in, (s) => !gone.has(s.split('.')[0] ?? s)),
          );
          if (!fed.after?.some((id) => gone.has(id))) return fed;
          return setAfter(
            fed,
            fed.after.filter((id) => !gone.has(id)),
          );
        });
      const layout = Object.fromEntries(
        Object.entries(doc.spec.layout ?? {}).filter(([id]) => !gone.has(id)),
      );
      return withSpec(doc, doc.spec.layout ? { nodes, layout } : { nodes });
    },
  };
}

export function connect(
  attempt: ConnectionAttempt,
  types: TypeIndex,
  analysis?: Analysis | null,
): Edit {
  return {
    label: 'connect',
    apply: (doc) => {
      const source = nodeById(doc, attempt.source);
      const target = nodeById(doc, attempt.target);
      if (!source || !target) return doc;
      if (attempt.targetPort === AFTER) {
        return withNode(doc, target.id, (node) =>
          setAfter(node, [...(node.after ?? []), source.id]),
        );
      }
      const type = types.get(target.type);
      const port =
        attempt.targetPort === NEW_INPUT ? freeInput(target, source.id) : attempt.targetPort;
      const many = type?.inputs?.find((p) => p.name === port)?.many ?? false;
      const outputs = outputPorts(source, types.get(source.type), analysis);
      const text = sourceText(source, attempt.sourcePort, outputs);
      const sources = many ? [...sourceList(target.in?.[port]), text] : [text];
      return withNode(doc, target.id, (node) => ({
        ...node,
        in: { ...node.in, [port]: packSources(sources) },
      }));
    },
  };
}

/** A new input feeds the first parameter of main() that nothing feeds yet, else it is named after its source. */
function freeInput(node: FlowNode, source: string): string {
  const args = node.with?.args;
  const taken = [
    ...Object.keys(node.in ?? {}),
    ...(args !== null && typeof args === 'object' ? Object.keys(args) : []),
  ];
  const unfed = mainParameters(node.with?.code).find((name) => !taken.includes(name));
  return unfed ?? freeId(taken, source);
}

export function disconnect(edges: readonly Edge[]): Edit {
  const ids = new Set(edges.map((edge) => edge.id));
  return {
    label: 'disconnect',
    apply: (doc) => {
      const nodes = doc.spec.nodes.map((node) => {
        const after = node.after?.filter((id) => !ids.has(waitId(id, node.id)));
        const waited = after && after.length !== node.after?.length ? setAfter(node, after) : node;
        let input = waited.in;
        for (const port of Object.keys(waited.in ?? {})) {
          const list = sourceList(input?.[port]);
          const kept = list.filter((text) => {
            const [id = text, ...rest] = text.split('.');
            return !ids.has(edgeId({ node: id, port: rest.join('.') }, { node: node.id, port }));
          });
          if (kept.length === list.length) continue;
          const { [port]: _, ...rest } = input ?? {};
          input = kept.length > 0 ? { ...rest, [port]: packSources(kept) } : rest;
        }
        if (input === waited.in) return waited;
        return setIn(waited, input && Object.keys(input).length > 0 ? input : undefined);
      });
      return withSpec(doc, { nodes });
    },
  };
}

/** Puts a new node between the two ends of an edge. */
export function insertOnEdge(
  edge: Edge,
  node: FlowNode,
  position: Position,
  ports: { input: string; output: string },
  types: TypeIndex,
): Edit {
  const from = formatSource({ node: edge.source, port: edge.sourcePort });
  return {
    label: 'insert',
    apply: (doc) => {
      const input = ports.input === NEW_INPUT ? freeInput(node, edge.source) : ports.input;
      const inserted: FlowNode = { ...node, in: { ...node.in, [input]: from } };
      const placed = addNodes([inserted], { [node.id]: position }).apply(doc);
      const text = sourceText(inserted, ports.output, outputPorts(inserted, types.get(node.type)));
      return withNode(placed, edge.target, (target) => {
        const sources = sourceList(target.in?.[edge.targetPort]);
        const next = sources.map((s) => (s === from ? text : s));
        return { ...target, in: { ...target.in, [edge.targetPort]: packSources(next) } };
      });
    },
  };
}

/** Gives a node another id and follows it through `in`, `after`, the layout and every expression. */
export function renameNode(from: string, to: string): Edit {
  const rename = (id: string) => (id === from ? to : id);
  return {
    label: 'rename',
    apply: (doc) => {
      if (from === to) return doc;
      const nodes = doc.spec.nodes.map((node) => {
        let next = node.id === from ? { ...node, id: to } : node;
        if (next.in) {
          const input: Record<string, Sources> = {};
          for (const [port, sources] of Object.entries(next.in)) {
            input[port] = packSources(
              sourceList(sources).map((text) => {
                const [id = text, ...rest] = text.split('.');
                return [rename(id), ...rest].join('.');
              }),
            );
          }
          next = { ...next, in: input };
        }
        if (next.after) next = { ...next, after: next.after.map(rename) };
        if (next.with) {
          const config = renameInValue(next.with, rename);
          if (config !== next.with) next = { ...next, with: config };
        }
        return next;
      });
      const layout = doc.spec.layout
        ? Object.fromEntries(Object.entries(doc.spec.layout).map(([id, at]) => [rename(id), at]))
        : undefined;
      return withSpec(doc, layout ? { nodes, layout } : { nodes });
    },
  };
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

/** Sets params, triggers and other parts beside the nodes. An empty part is left out. */
export function setSpec(change: Partial<Omit<FlowSpec, 'nodes'>>, merge?: string): Edit {
  return {
    label: 'settings',
    ...(merge ? { merge } : {}),
    apply: (doc) => {
      const next = withSpec(doc, change);
      for (const key of ['params', 'triggers', 'vars', 'timeout'] as const) {
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
