import { columnsOf, inputColumns, type Knowledge } from './columns';
import { parseSource, sourceList, upstreamOf } from './graph';
import { outputPorts } from './ports';
import { itemBody } from './scope';
import { bodyOfNode, nodeById } from './tree';
import type { FlowDocument } from './types';

export interface Suggestion {
  label: string;
  detail: string;
  kind: 'param' | 'node' | 'port' | 'property' | 'function' | 'variable';
}

const FUNCTIONS: [string, string][] = [
  ['now()', 'time at which the run started'],
  ['json(value)', 'value as JSON text'],
  ['len(list)', 'number of items'],
  ['upper(text)', 'text in capitals'],
  ['lower(text)', 'text in small letters'],
  ['trim(text)', 'text without blanks around it'],
  ['split(text, sep)', 'list of parts'],
  ['join(list, sep)', 'parts as one text'],
  ['filter(list, # > 0)', 'items for which the condition holds'],
  ['map(list, #.name)', 'each item turned into something'],
  ['sum(list)', 'sum of the numbers'],
  ['min(list)', 'smallest'],
  ['max(list)', 'largest'],
  ['round(number)', 'nearest whole number'],
  ['int(value)', 'as a whole number'],
  ['float(value)', 'as a number'],
  ['string(value)', 'as text'],
];

const RUN = ['id', 'flow', 'version', 'started_at', 'by'];
const SHAPES: Record<string, string[]> = {
  table: ['rows', 'columns'],
  file: ['name', 'media_type', 'size'],
};

/** The dotted path that ends at the cursor, such as nodes.read.ta, or undefined outside an expression. */
export function pathBefore(
  text: string,
  cursor: number,
): { path: string; from: number } | undefined {
  const before = text.slice(0, cursor);
  if (before.lastIndexOf('{{') < 0 || before.lastIndexOf('}}') > before.lastIndexOf('{{')) {
    return undefined;
  }
  const path = /[A-Za-z_][\w.]*$|$/.exec(before)?.[0] ?? '';
  const from = cursor - (path.length - path.lastIndexOf('.') - 1);
  return { path, from };
}

/** What may follow a path in an expression of a node; perItem says that it is worked out for each item. */
export function suggest(
  doc: FlowDocument,
  nodeId: string,
  path: string,
  known: Knowledge,
  perItem = false,
): Suggestion[] {
  const parts = path.split('.');
  const root = parts[0];
  if (parts.length === 1) {
    return perItem ? [...ITEM_OF_FIELD, ...roots(false)] : roots(inItem(doc, nodeId));
  }
  if (root === 'item' && perItem) return itemPath(doc, nodeId, parts.slice(1), known);
  if (root === 'params' && parts.length === 2) {
    return Object.entries(doc.spec.params ?? {}).map(([name, param]) => ({
      label: name,
      detail: param.title ?? param.type,
      kind: 'param',
    }));
  }
  if (root === 'run' && parts.length === 2) {
    return RUN.map((label) => ({ label, detail: 'run', kind: 'property' }));
  }
  if (root === 'vars' && parts.length === 2) {
    return variables(doc, nodeId).map((label) => ({ label, detail: 'variable', kind: 'variable' }));
  }
  if (root === 'item' && inItem(doc, nodeId)) {
    return properties(valueAt(itemSample(doc, nodeId, known), parts.slice(1, -1)));
  }
  return root === 'nodes' ? nodePath(doc, nodeId, parts.slice(1), known) : [];
}

const ITEM_OF_FIELD: Suggestion[] = [
  { label: 'item', detail: 'the item, or what came in', kind: 'variable' },
  { label: 'index', detail: 'its place, from 0', kind: 'variable' },
];

/** What an item has is seen from the columns that come in, or from the first item that came in the last run. */
function itemPath(
  doc: FlowDocument,
  nodeId: string,
  parts: string[],
  known: Knowledge,
): Suggestion[] {
  const columns = inputColumns(doc, nodeId, known).flatMap((input) => input.columns);
  if (columns.length > 0) {
    return parts.length === 1
      ? columns.map((c) => ({ label: c.name, detail: c.type, kind: 'property' }))
      : [];
  }
  const sources = Object.values(nodeById(doc, nodeId)?.in ?? {}).flatMap(sourceList);
  for (const source of sources) {
    const { node, port } = parseSource(source);
    const outputs = known.steps?.[node]?.outputs ?? {};
    const value = (port ? outputs[port] : Object.values(outputs)[0])?.data;
    const at = parts
      .slice(0, -1)
      .reduce<unknown>(
        (v, key) => (isObject(v) ? v[key] : undefined),
        Array.isArray(value) ? value[0] : value,
      );
    if (isObject(at)) {
      return Object.keys(at).map((label) => ({
        label,
        detail: typeof at[label],
        kind: 'property',
      }));
    }
  }
  return [];
}

function inItem(doc: FlowDocument, nodeId: string): boolean {
  return itemBody(doc, bodyOfNode(doc, nodeId)) !== null;
}

/** Those of the flow, and those that nodes before this one set. */
function variables(doc: FlowDocument, nodeId: string): string[] {
  const set = upstreamOf(doc, nodeId).flatMap((id) => {
    const node = nodeById(doc, id);
    const values = node?.type === 'variables.set' ? node.with?.values : undefined;
    return isObject(values) ? Object.keys(values) : [];
  });
  return [...new Set([...Object.keys(doc.spec.vars ?? {}), ...set])];
}

/** What an item looked like in the last run, when a map takes the whole of one output. */
function itemSample(doc: FlowDocument, nodeId: string, known: Knowledge): unknown {
  const body = itemBody(doc, bodyOfNode(doc, nodeId));
  const container = body ? nodeById(doc, body.container) : undefined;
  if (!container || !body) return undefined;
  if (body.field === 'catch') return { code: '', message: '', node: '', attempt: 0 };
  const [port, sources] = Object.entries(container.in ?? {})[0] ?? [];
  const source = sourceList(sources)[0];
  if (!port || !source) return undefined;
  const columns = columnsOf(doc, source, known);
  if (columns) return Object.fromEntries(columns.map((column) => [column.name, column.type]));
  const [id = '', name] = source.split('.');
  const outputs = known.steps?.[id]?.outputs ?? {};
  const data = (name ? outputs[name] : Object.values(outputs)[0])?.data;
  return container.type === 'control.map' && Array.isArray(data) ? data[0] : data;
}

function roots(inside: boolean): Suggestion[] {
  return [
    ...(inside
      ? ([
          { label: 'item', detail: 'what the container hands in', kind: 'variable' },
          { label: 'index', detail: 'number of the item or round', kind: 'variable' },
        ] satisfies Suggestion[])
      : []),
    { label: 'params', detail: 'parameters of the run', kind: 'variable' },
    { label: 'nodes', detail: 'results of earlier nodes', kind: 'variable' },
    { label: 'trigger', detail: 'what started the run', kind: 'variable' },
    { label: 'run', detail: 'the run itself', kind: 'variable' },
    { label: 'vars', detail: 'variables of the flow', kind: 'variable' },
    ...FUNCTIONS.map(([label, detail]): Suggestion => ({ label, detail, kind: 'function' })),
  ];
}

function nodePath(
  doc: FlowDocument,
  nodeId: string,
  parts: string[],
  known: Knowledge,
): Suggestion[] {
  if (parts.length === 1) {
    return upstreamOf(doc, nodeId).map((id) => {
      const node = nodeById(doc, id);
      return {
        label: id,
        detail: node?.title ?? known.types.get(node?.type ?? '')?.doc.title.en ?? node?.type ?? '',
        kind: 'node',
      };
    });
  }
  const node = nodeById(doc, parts[0] ?? '');
  if (!node) return [];
  const ports = outputPorts(node, known.types.get(node.type), known.analysis);
  if (parts.length === 2) {
    return ports.map((port) => ({ label: port.name, detail: port.kind || 'any', kind: 'port' }));
  }
  const port = ports.find((p) => p.name === parts[1]);
  if (!port) return [];
  if (parts.length === 3 && SHAPES[port.kind]) {
    return (SHAPES[port.kind] ?? []).map((label) => ({
      label,
      detail: port.kind,
      kind: 'property',
    }));
  }
  const value = known.steps?.[node.id]?.outputs?.[port.name]?.data;
  if (value === undefined) {
    const columns = columnsOf(doc, `${node.id}.${port.name}`, known) ?? [];
    return columns.map((c) => ({ label: c.name, detail: c.type, kind: 'property' }));
  }
  return properties(valueAt(value, parts.slice(2, -1)));
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), value);
}

function properties(value: unknown): Suggestion[] {
  return isObject(value)
    ? Object.keys(value).map((label) => ({ label, detail: typeof value[label], kind: 'property' }))
    : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
