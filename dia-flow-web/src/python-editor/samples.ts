import type { ExecutionRequest } from '@/api';
import { getArtifactJSON, type Value } from '@/api';
import {
  type FlowDocument,
  type FlowNode,
  isTemplate,
  type JsonSchema,
  parseSource,
  type Step,
  secondsOf,
  sourceList,
} from '@/flow-core';

type Argument = NonNullable<ExecutionRequest['args']>[string];

/** Where the value of a parameter can come from in a test. */
export type Origin = 'run' | 'argument' | 'sample';

export interface Parameter {
  name: string;
  /** What came in at the last run, when the input is connected and the run has it. */
  fromRun?: Value;
  /** What the node's arguments say. */
  argument?: unknown;
  /** A table is expected. */
  table: boolean;
  required: boolean;
  /** What to begin a sample with. */
  start: string;
}

/** What main() can be given: the parameters it names, and the inputs that it takes as it likes. */
export function parametersOf(
  node: FlowNode | undefined,
  schema: JsonSchema | undefined,
  steps: Record<string, Step>,
): Parameter[] {
  const named = Object.keys(schema?.properties ?? {});
  const inputs = Object.keys(node?.in ?? {});
  const args = (node?.with?.args ?? {}) as Record<string, unknown>;
  const names = [...new Set([...named, ...inputs, ...Object.keys(args)])];
  return names.map((name) => {
    const own = schema?.properties?.[name] ?? {};
    const fromRun = inputs.includes(name) ? lastValue(node, name, steps) : undefined;
    const table = own['x-kind'] === 'table' || fromRun?.kind === 'table';
    return {
      name,
      table,
      required: schema?.required?.includes(name) ?? false,
      start: table ? '[{ "a": 1, "b": "x" }]' : JSON.stringify(own.default ?? null),
      ...(fromRun ? { fromRun } : {}),
      ...(name in args ? { argument: args[name] } : {}),
    };
  });
}

function lastValue(
  node: FlowNode | undefined,
  input: string,
  steps: Record<string, Step>,
): Value | undefined {
  const [source] = sourceList(node?.in?.[input]);
  if (!source) return undefined;
  const { node: id, port } = parseSource(source);
  const outputs = steps[id]?.outputs ?? {};
  return (port ? outputs[port] : Object.values(outputs)[0]) as Value | undefined;
}

export function originsOf(parameter: Parameter): Origin[] {
  const origins: Origin[] = [];
  if (parameter.fromRun) origins.push('run');
  if (parameter.argument !== undefined) origins.push('argument');
  return [...origins, 'sample'];
}

/** A parameter that needs nothing is left out unless something is said of it. */
export function startsGiven(parameter: Parameter): boolean {
  return parameter.required || originsOf(parameter).length > 1;
}

export type Evaluate = (text: string) => Promise<unknown>;

/** The argument as the server takes it. A sample that is no JSON throws. */
export async function argumentOf(
  parameter: Parameter,
  origin: Origin,
  sample: string,
  evaluate: Evaluate,
): Promise<Argument> {
  if (origin === 'sample') return { kind: 'value', value: JSON.parse(sample) };
  if (origin === 'argument')
    return { kind: 'value', value: await resolve(parameter.argument, evaluate) };
  const value = parameter.fromRun;
  if (value?.kind === 'value') {
    const content = value.artifact ? await getArtifactJSON(value.artifact.id) : value.data;
    return { kind: 'value', value: content };
  }
  return {
    kind: value?.kind === 'file' ? 'file' : 'table',
    artifact: value?.artifact?.id,
    ...(value?.file ? { name: value.file.name } : {}),
  };
}

async function resolve(value: unknown, evaluate: Evaluate): Promise<unknown> {
  if (typeof value === 'string') return isTemplate(value) ? evaluate(value) : value;
  if (Array.isArray(value)) return Promise.all(value.map((each) => resolve(each, evaluate)));
  if (value && typeof value === 'object') {
    const pairs = Object.entries(value).map(async ([key, each]) => [
      key,
      await resolve(each, evaluate),
    ]);
    return Object.fromEntries(await Promise.all(pairs));
  }
  return value;
}

/** What the node says of how its code runs, as the server takes it; expressions are evaluated like those of arguments. */
export async function surroundingsOf(
  node: FlowNode | undefined,
  evaluate: Evaluate,
): Promise<Partial<ExecutionRequest>> {
  const { environment, env, timeout, memory_mib } = (await resolve(
    {
      environment: node?.with?.environment,
      env: node?.with?.env ?? {},
      timeout: node?.with?.timeout,
      memory_mib: node?.with?.memory_mib,
    },
    evaluate,
  )) as {
    environment: unknown;
    env: Record<string, unknown>;
    timeout: unknown;
    memory_mib: unknown;
  };
  const seconds = typeof timeout === 'string' ? secondsOf(timeout) : undefined;
  const variables = Object.entries(env).map(([name, value]) => [name, textOf(value)]);
  return {
    ...(typeof environment === 'string' && environment ? { environment } : {}),
    ...(variables.length > 0 ? { env: Object.fromEntries(variables) } : {}),
    ...(seconds ? { timeout_seconds: seconds } : {}),
    ...(typeof memory_mib === 'number' ? { memory_mib } : {}),
  };
}

/** A variable's text, as a run makes it. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === null || value === undefined ? '' : JSON.stringify(value);
}

/** The node of a document, wherever it is nested. */
export function nodeOf(document: FlowDocument, id: string): FlowNode | undefined {
  return document.spec.nodes.find((node) => node.id === id);
}
