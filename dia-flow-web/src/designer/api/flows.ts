import type { Lineage, NodePreview, Suggestions } from '@/api';
import { send } from '@/api/send';
import type { FlowDocument, LogLine, Problem, Run, Step } from '@/flow-core';
import type { Draft, FileItem, Flow, FlowVersion, NodeTypes, PythonSignature } from './types';

export const API = '/api/automation/v1';

const at = (...parts: string[]) => [API, ...parts.map(encodeURIComponent)].join('/');

export const getFlow = (id: string) => send<Flow>('GET', at('flows', id));

export const getNodeTypes = () => send<NodeTypes>('GET', at('node-types'));

export function putDraft(id: string, revision: number, document: FlowDocument): Promise<Draft> {
  return send<Draft>('PUT', at('flows', id, 'draft'), {
    body: { document },
    headers: { 'If-Match': String(revision) },
  });
}

export function putDraftYaml(id: string, revision: number, yaml: string): Promise<Draft> {
  return send<Draft>('PUT', at('flows', id, 'draft'), {
    body: yaml,
    headers: { 'If-Match': String(revision), 'Content-Type': 'application/yaml' },
  });
}

/**
 * By force a flow is published although connections are not there yet, or cannot do what is asked of them. Refused when the
 * draft is at another revision.
 */
export const publish = (id: string, revision: number, note: string, force: boolean) =>
  send<FlowVersion>('POST', at('flows', id, 'publish'), { body: { note, force, revision } });

export const getVersions = (id: string) =>
  send<{ items: FlowVersion[] | null }>('GET', at('flows', id, 'versions'));

export const restoreVersion = (id: string, version: number) =>
  send<unknown>('POST', at('flows', id, 'versions', String(version), 'restore'));

/** What a run is for, beside its parameters. */
export interface RunOptions {
  params: Record<string, unknown>;
  /** Take the pinned outputs of nodes. */
  test?: boolean;
  keep?: boolean;
  /** Only these nodes and what they need. */
  targets?: string[];
  /** An earlier run: unchanged steps take over what they gave there. */
  reuse?: string;
  /** With reuse: these nodes, and what follows them, are carried out in any case. */
  from?: string[];
}

export function startRun(id: string, options: RunOptions): Promise<Run> {
  return send<Run>('POST', at('flows', id, 'runs'), {
    body: { ...options, version: 0 },
    headers: { 'Idempotency-Key': crypto.randomUUID() },
  });
}

/** Looks at what a node of an unsaved flow would take and give. */
export function previewNode(
  id: string,
  document: FlowDocument,
  node: string,
  look: { inputs: boolean; port?: string; anew?: boolean },
  signal?: AbortSignal,
): Promise<NodePreview> {
  return send<NodePreview>('POST', at('flows', id, 'preview'), {
    body: { document, node, ...look },
    ...(signal ? { signal } : {}),
  });
}

/** Tells where the columns of the saved draft come from. */
export const getLineage = (id: string, signal: AbortSignal) =>
  send<Lineage>('GET', at('flows', id, 'lineage'), { signal });

/** Looks at the table that a node of an unsaved flow would take, and says what would check or mend it. */
export function suggestQuality(
  id: string,
  document: FlowDocument,
  node: string,
  kind: 'check' | 'clean',
  signal: AbortSignal,
): Promise<Suggestions> {
  return send<Suggestions>('POST', `${API}/quality/suggestions`, {
    body: { for: kind, flow_id: id, document, node },
    signal,
  });
}

/** Does again what failed in a run, with the flow as it stands now. */
export function retryRun(runId: string): Promise<Run> {
  return send<Run>('POST', at('runs', runId, 'retry'), {
    body: { from: 'failed', draft: true },
    headers: { 'Idempotency-Key': crypto.randomUUID() },
  });
}

export const pauseRun = (runId: string) => send<Run>('POST', at('runs', runId, 'pause'));

export const resumeRun = (runId: string) => send<Run>('POST', at('runs', runId, 'resume'));

export const cancelRun = (runId: string) => send<unknown>('POST', at('runs', runId, 'cancel'));

export const getRun = (runId: string) => send<Run>('GET', at('runs', runId));

/** The steps of a run, or with within only those of one instance of a container, such as each[3]. */
export const getSteps = (runId: string, within = '') =>
  send<{ items: Step[] | null }>('GET', at('runs', runId, 'steps'), { query: { within } });

export const getLogs = (runId: string) =>
  send<{ items: LogLine[] | null }>('GET', at('runs', runId, 'logs'), { query: { limit: 1000 } });

export const listFiles = (prefix = '') =>
  send<{ items: FileItem[] | null }>('GET', at('files'), { query: { prefix, limit: 500 } });

export const getArtifactJson = (id: string) => send<unknown>('GET', at('artifacts', id, 'json'));

export interface Evaluation {
  value?: unknown;
  problem?: Problem | null;
}

export interface EvaluateRequest {
  document: FlowDocument;
  run_id?: string;
  node: string;
  text: string;
  /** Instance of a container that the node is in, and what the container hands in there. */
  within?: string;
  item?: unknown;
}

export function evaluate(request: EvaluateRequest, signal?: AbortSignal): Promise<Evaluation> {
  return send<Evaluation>('POST', at('expressions', 'evaluate'), {
    body: request,
    ...(signal ? { signal } : {}),
  });
}

export const inspectPython = (code: string, environment: string, signal?: AbortSignal) =>
  send<PythonSignature>('POST', at('python', 'inspect'), {
    body: { code, ...(environment ? { environment } : {}) },
    ...(signal ? { signal } : {}),
  });
