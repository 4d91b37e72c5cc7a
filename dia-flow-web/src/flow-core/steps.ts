import { type BodyRef, bodyOfNode, indexOf, nodeById } from './tree';
import type { FlowDocument, Step } from './types';

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
