import { sourceList } from './graph';
import { itemBody, visibleFrom, wouldCycle } from './scope';
import { type BodyRef, bodyOfNode, containersOf, ITEM, nodeById, sameBody } from './tree';
import type { Analysis, FlowDocument, FlowNode, Kind, NodeType, Port } from './types';

/** The port of a node that takes inputs under names of the user's choice, on which a new one begins. */
export const NEW_INPUT = '__new';

/** The place where waiting edges end. */
export const AFTER = '__after';

/** The place within a container where what an instance of its body gives is handed over. */
export const RESULT = '__result';

export type TypeIndex = ReadonlyMap<string, NodeType>;

export function inputPorts(node: FlowNode, type: NodeType | undefined): Port[] {
  const ports = [...(type?.inputs ?? [])];
  for (const name of Object.keys(node.in ?? {})) {
    if (!ports.some((port) => port.name === name)) ports.push({ name, kind: '' });
  }
  return ports;
}

/** Outputs go by the analysis, for they may depend on the configuration; `error` goes by the node itself. */
export function outputPorts(
  node: FlowNode,
  type: NodeType | undefined,
  analysis?: Analysis | null,
): Port[] {
  const known =
    analysis?.nodes?.[node.id]?.outputs ?? configuredOutputs(node) ?? type?.outputs ?? [];
  const declared = type?.outputs?.some((port) => port.name === 'error') ?? false;
  const ports = known.filter((port) => port.name !== 'error' || declared);
  if (node.onError === 'port' && !declared) {
    ports.push({ name: 'error', kind: 'value', title: { en: 'Error', zh: '错误' } });
  }
  return ports;
}

function configuredOutputs(node: FlowNode): Port[] | undefined {
  const cases = node.type === 'control.switch' ? node.with?.cases : undefined;
  if (!Array.isArray(cases)) return undefined;
  const names = cases.map((item: unknown) =>
    item !== null && typeof item === 'object' ? (item as { name?: unknown }).name : undefined,
  );
  const ports: Port[] = names
    .filter((name): name is string => typeof name === 'string' && name !== '')
    .map((name) => ({ name, kind: '' }));
  return [...ports, { name: 'default', kind: '' }];
}

/** The output that a reference means which names only the node. */
export function defaultOutput(ports: Port[]): string {
  return (ports.find((port) => port.name !== 'error') ?? ports[0])?.name ?? '';
}

/** How the document names an output: the node alone when it has only one. */
export function sourceText(node: FlowNode, port: string, ports: Port[]): string {
  const own = ports.filter((p) => p.name !== 'error');
  return own.length <= 1 && (port === '' || port === own[0]?.name) ? node.id : `${node.id}.${port}`;
}

export function kindsFit(from: Kind, to: Kind): boolean {
  if (from === '' || to === '' || from === to) return true;
  // A table becomes a list of objects on the way into a value port, and the other way round.
  return from !== 'file' && to !== 'file';
}

export type Refusal =
  | 'self'
  | 'cycle'
  | 'duplicate'
  | 'kind'
  | 'file_to_table'
  | 'table_to_file'
  | 'object_to_table'
  | 'no_such_port'
  | 'no_such_node'
  | 'inside'
  | 'around'
  | 'item_hidden'
  | 'result_outside';

export interface ConnectionAttempt {
  source: string;
  sourcePort: string;
  target: string;
  targetPort: string;
  /** Set when the source is what this body hands to its nodes. */
  item?: BodyRef;
}

/** Why a connection cannot be made; undefined when it can. */
export function whyNotConnect(
  doc: FlowDocument,
  types: TypeIndex,
  analysis: Analysis | null | undefined,
  attempt: ConnectionAttempt,
): Refusal | undefined {
  const target = nodeById(doc, attempt.target);
  if (!target) return 'no_such_node';
  if (attempt.item) return whyNotItem(doc, types, attempt.item, target, attempt.targetPort);
  const source = nodeById(doc, attempt.source);
  if (!source) return 'no_such_node';
  const outputs = outputPorts(source, types.get(source.type), analysis);
  const from = outputs.find((port) => port.name === attempt.sourcePort);
  if (attempt.targetPort === RESULT) {
    const body = { container: target.id, field: 'nodes' } as const;
    if (!from) return 'no_such_port';
    return sameBody(bodyOfNode(doc, source.id), body) ? undefined : 'result_outside';
  }
  if (source.id === target.id) return 'self';
  if (containersOf(doc, target.id).includes(source.id)) return 'around';
  if (!visibleFrom(doc, target.id).has(source.id)) return 'inside';
  if (wouldCycle(doc, source.id, target.id)) return 'cycle';
  if (attempt.targetPort === AFTER) {
    return target.after?.includes(source.id) ? 'duplicate' : undefined;
  }
  if (!from) return 'no_such_port';
  const full = `${source.id}.${attempt.sourcePort}`;
  const texts = [sourceText(source, attempt.sourcePort, outputs), full];
  return whyNotInput(types.get(target.type), target, attempt.targetPort, from, texts);
}

function whyNotItem(
  doc: FlowDocument,
  types: TypeIndex,
  body: BodyRef,
  target: FlowNode,
  port: string,
): Refusal | undefined {
  const seen = itemBody(doc, bodyOfNode(doc, target.id));
  if (!seen || !sameBody(seen, body)) return 'item_hidden';
  if (port === AFTER || port === RESULT) return 'no_such_port';
  return whyNotInput(types.get(target.type), target, port, { kind: '' }, [ITEM]);
}

/** Texts are the ways in which the document may already name the source. */
function whyNotInput(
  type: NodeType | undefined,
  target: FlowNode,
  name: string,
  from: Pick<Port, 'kind' | 'object'>,
  texts: string[],
): Refusal | undefined {
  const isNew = name === NEW_INPUT && type?.named_inputs;
  const to = inputPorts(target, type).find((port) => port.name === name);
  if (!to) return isNew ? undefined : 'no_such_port';
  if (sourceList(target.in?.[to.name]).some((source) => texts.includes(source))) return 'duplicate';
  if (from.object && to.kind === 'table') return 'object_to_table';
  if (kindsFit(from.kind, to.kind)) return undefined;
  if (from.kind === 'file' && to.kind === 'table') return 'file_to_table';
  if (from.kind === 'table' && to.kind === 'file') return 'table_to_file';
  return 'kind';
}

/** The first input of a type that the kind fits, free ones of a node first. */
export function fittingInput(type: NodeType, kind: Kind, node?: FlowNode): string | undefined {
  const fitting = (type.inputs ?? []).filter((port) => kindsFit(kind, port.kind));
  const exact = fitting.filter((port) => port.kind === kind);
  const ordered = [...exact, ...fitting.filter((port) => !exact.includes(port))];
  const free = ordered.find((port) => !node?.in?.[port.name]);
  if (free) return free.name;
  if (type.named_inputs) return NEW_INPUT;
  return ordered[0]?.name;
}

/** The first output of a type that fits the kind. */
export function fittingOutput(type: NodeType, kind: Kind): string | undefined {
  const outputs = type.outputs ?? [];
  const exact = outputs.find((port) => port.kind === kind);
  return (exact ?? outputs.find((port) => kindsFit(port.kind, kind)))?.name;
}
