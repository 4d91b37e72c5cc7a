import { sourceList } from './graph';
import { itemBody } from './scope';
import { type BodyRef, bodyOfNode, indexOf, nodeById } from './tree';
import type { FlowDocument, Step, Value } from './types';

/** Which item of a map, or round of a loop, is looked at, by container. */
export type Instances = Readonly<Record<string, number>>;

/** Whether the instances of a container's body are numbered; those of a try are not. */
export function isNumbered(doc: FlowDocument, container: string): boolean {
  return nodeById(doc, container)?.type !== 'control.try';
}

/** The path of the instance that a body's nodes are looked at in, such as each[3]; "" at the top of the flow. */
export function instancePath(
  doc: FlowDocument,
  body: BodyRef | null,
  instances: Instances,
): string {
  if (!body) return '';
  const outer = instancePath(doc, bodyOfNode(doc, body.container), instances);
  const number = isNumbered(doc, body.container) ? `[${instances[body.container] ?? 0}]` : '';
  return `${outer ? `${outer}/` : ''}${body.container}${number}`;
}

/** The path of a node's step in the instances that are looked at, such as each[3]/fetch. */
export function stepPath(doc: FlowDocument, id: string, instances: Instances): string {
  const outer = instancePath(doc, bodyOfNode(doc, id), instances);
  return outer ? `${outer}/${id}` : id;
}

/** The steps by node, of all those known by path, in the instances that are looked at. */
export function stepsOf(
  doc: FlowDocument,
  byPath: Readonly<Record<string, Step>>,
  instances: Instances,
): Record<string, Step> {
  const steps: Record<string, Step> = {};
  for (const id of indexOf(doc).keys()) {
    const step = byPath[stepPath(doc, id, instances)];
    if (step) steps[id] = step;
  }
  return steps;
}

/** The parts of a path, outermost first: each[3]/fetch gives each with 3, then fetch. */
export function parseStepPath(path: string): { node: string; index: number | undefined }[] {
  return path.split('/').map((part) => {
    const [, node = part, index] = /^(.*?)(?:\[(\d+)\])?$/.exec(part) ?? [];
    return { node, index: index === undefined ? undefined : Number(index) };
  });
}

/** The node that a path's step is an instance of. */
export function nodeOfPath(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The instances that a path names. */
export function instancesOfPath(path: string): Record<string, number> {
  return Object.fromEntries(
    parseStepPath(path).flatMap(({ node, index }) => (index === undefined ? [] : [[node, index]])),
  );
}

/** Numbers of the items or rounds that failed, as far as they are known: by their steps, and by what a map collected. */
export function failedInstances(
  container: Step,
  byPath: Readonly<Record<string, Step>>,
  path: string,
): number[] {
  const failed = new Set<number>();
  const before = `${path}[`;
  for (const [at, step] of Object.entries(byPath)) {
    if (step.status !== 'failed' || !at.startsWith(before)) continue;
    const number = Number.parseInt(at.slice(before.length), 10);
    if (Number.isInteger(number)) failed.add(number);
  }
  const collected = container.outputs?.errors?.data;
  for (const error of Array.isArray(collected) ? collected : []) {
    const index: unknown = error !== null && typeof error === 'object' ? error.index : undefined;
    if (typeof index === 'number') failed.add(index);
  }
  return [...failed].sort((a, b) => a - b);
}

/** The item that a node was given, where the map's list is small enough to be at hand. */
export function itemValue(
  doc: FlowDocument,
  id: string,
  steps: Readonly<Record<string, Step>>,
  instances: Instances,
): Value | undefined {
  const body = itemBody(doc, bodyOfNode(doc, id));
  const container = body ? nodeById(doc, body.container) : undefined;
  if (container?.type !== 'control.map') return undefined;
  const [from = '', port] = sourceList(container.in?.items)[0]?.split('.') ?? [];
  const outputs = steps[from]?.outputs ?? {};
  const list = (port ? outputs[port] : Object.values(outputs)[0])?.data;
  const at = instances[container.id] ?? 0;
  return Array.isArray(list) && at < list.length ? { kind: 'value', data: list[at] } : undefined;
}

/** Whether a log line or step with that path belongs to a node's step, or lies within it. */
export function isAtOrWithin(path: string, of: string): boolean {
  return path === of || path.startsWith(`${of}[`) || path.startsWith(`${of}/`);
}

/** Where a step's outputs come from when it was not carried out: an earlier run, the cache, or pinned data. */
export function stepOrigin(
  step: Pick<Step, 'details'>,
): 'adopted' | 'cached' | 'pinned' | undefined {
  const { details } = step;
  if (details?.pinned) return 'pinned';
  if (details?.adopted) return 'adopted';
  return details?.cached ? 'cached' : undefined;
}
