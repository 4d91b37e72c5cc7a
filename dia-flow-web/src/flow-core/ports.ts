import { nodeById, reaches, sourceList } from './graph';
import type { Analysis, FlowDocument, FlowNode, Kind, NodeType, Port } from './types';

/** The port of a node that takes inputs under names of the user's choice, on which a new one begins. */
export const NEW_INPUT = '__new';

/** The place where waiting edges end. */
export const AFTER = '__after';

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
  | 'no_such_port'
  | 'no_such_node';

export interface ConnectionAttempt {
  source: string;
  sourcePort: string;
  target: string;
  targetPort: string;
}

/** Why a connection cannot be made; undefined when it can. */
export function whyNotConnect(
  doc: FlowDocument,
  types: TypeIndex,
  analysis: Analysis | null | undefined,
  attempt: ConnectionAttempt,
): Refusal | undefined {
  const source = nodeById(doc, attempt.source);
  const target = nodeById(doc, attempt.target);
  if (!source || !target) return 'no_such_node';
  if (source.id === target.id) return 'self';
  if (reaches(doc, target.id, source.id)) return 'cycle';
  if (attempt.targetPort === AFTER) {
    return target.after?.includes(source.id) ? 'duplicate' : undefined;
  }
  const targetType = types.get(target.type);
  const outputs = outputPorts(source, types.get(source.type), analysis);
  const from = outputs.find((port) => port.name === attempt.sourcePort);
  if (!from) return 'no_such_port';
  const isNew = attempt.targetPort === NEW_INPUT && targetType?.named_inputs;
  const to = inputPorts(target, targetType).find((port) => port.name === attempt.targetPort);
  if (!to && !isNew) return 'no_such_port';
  const text = sourceText(source, attempt.sourcePort, outputs);
  const full = `${source.id}.${attempt.sourcePort}`;
  if (to && sourceList(target.in?.[to.name]).some((s) => s === text || s === full)) {
    return 'duplicate';
  }
  if (to && !kindsFit(from.kind, to.kind)) {
    if (from.kind === 'file' && to.kind === 'table') return 'file_to_table';
    if (from.kind === 'table' && to.kind === 'file') return 'table_to_file';
    return 'kind';
  }
  return undefined;
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
