import { api, body, getJSON } from './client';
import type {
  BulkAction,
  BulkFilter,
  BulkResult,
  LogLine,
  Page,
  Run,
  RunCounts,
  RunDrift,
  RunGraph,
  RunStatus,
  Step,
  Value,
  Why,
} from './types';

export interface RunQuery {
  flow_id?: string;
  status?: RunStatus[];
  q?: string;
  since?: string;
  until?: string;
  sort?: 'created_at' | '-created_at' | 'duration' | '-duration';
  cursor?: string;
  limit?: number;
  backfill?: string;
  /** Only runs that steps of this run wait for. */
  parent?: string;
  paused?: boolean;
  late?: boolean;
}

export function listRuns(query: RunQuery, signal?: AbortSignal): Promise<Page<Run>> {
  const { status, paused, late, ...rest } = query;
  return getJSON(
    '/api/automation/v1/runs',
    {
      ...rest,
      status: status?.join(','),
      paused: paused ? 'true' : undefined,
      late: late ? 'true' : undefined,
    },
    signal,
  );
}

export function countRuns(flowId?: string, signal?: AbortSignal): Promise<RunCounts> {
  return body(
    api.GET('/api/automation/v1/runs/counts', { params: { query: { flow_id: flowId } }, signal }),
  );
}

export function getRun(id: string, signal?: AbortSignal): Promise<Run> {
  return body(api.GET('/api/automation/v1/runs/{id}', { params: { path: { id } }, signal }));
}

export function getRunDrift(id: string, signal?: AbortSignal): Promise<RunDrift> {
  return body(api.GET('/api/automation/v1/runs/{id}/drift', { params: { path: { id } }, signal }));
}

export async function listSteps(id: string, signal?: AbortSignal): Promise<Step[]> {
  const page = await body(
    api.GET('/api/automation/v1/runs/{id}/steps', { params: { path: { id } }, signal }),
  );
  return page.items;
}

export function getRunGraph(id: string, signal?: AbortSignal): Promise<RunGraph> {
  return body(api.GET('/api/automation/v1/runs/{id}/graph', { params: { path: { id } }, signal }));
}

export function cancelRun(id: string): Promise<Run> {
  return body(api.POST('/api/automation/v1/runs/{id}/cancel', { params: { path: { id } } }));
}

export function pauseRun(id: string): Promise<Run> {
  return body(api.POST('/api/automation/v1/runs/{id}/pause', { params: { path: { id } } }));
}

export function resumeRun(id: string): Promise<Run> {
  return body(api.POST('/api/automation/v1/runs/{id}/resume', { params: { path: { id } } }));
}

export interface RetryOptions {
  /** failed: what succeeded and is unchanged is taken over; start: nothing is; step: what is before that step. */
  from: 'failed' | 'start' | 'step';
  step?: string;
  params?: Record<string, unknown>;
  /** The flow's present draft in place of what the run ran. */
  draft?: boolean;
}

export function retryRun(id: string, options: RetryOptions): Promise<Run> {
  return body(
    api.POST('/api/automation/v1/runs/{id}/retry', {
      params: { path: { id }, header: { 'Idempotency-Key': crypto.randomUUID() } },
      body: options,
    }),
  );
}

export async function deleteRun(id: string): Promise<void> {
  await api.DELETE('/api/automation/v1/runs/{id}', { params: { path: { id } } });
}

export function bulkRuns(
  action: BulkAction,
  what: { ids: string[] } | { filter: BulkFilter },
): Promise<BulkResult> {
  return body(api.POST('/api/automation/v1/runs/bulk', { body: { action, ...what } }));
}

export function whyRun(id: string, signal?: AbortSignal): Promise<Why> {
  return body(api.GET('/api/automation/v1/runs/{id}/why', { params: { path: { id } }, signal }));
}

/** The steps of one instance of a container, such as each[3]. */
export async function listStepsWithin(id: string, within: string): Promise<Step[]> {
  const page = await body(
    api.GET('/api/automation/v1/runs/{id}/steps', { params: { path: { id }, query: { within } } }),
  );
  return page.items;
}

export interface StartOptions {
  params?: Record<string, unknown>;
  /** A published version; 0 or absent runs the draft. */
  version?: number;
  /** A repetition with the same key answers the first run. */
  key?: string;
}

/** Computes a table that a step handed on without computing it. */
export function computeTable(
  of: { run: string; step: string; port: string },
  signal?: AbortSignal,
): Promise<Value> {
  return body(
    api.POST('/api/automation/v1/runs/{id}/tables', {
      params: { path: { id: of.run } },
      body: { step: of.step, port: of.port },
      signal,
    }),
  );
}

export function startRun(flowId: string, options: StartOptions = {}): Promise<Run> {
  return body(
    api.POST('/api/automation/v1/flows/{id}/runs', {
      params: {
        path: { id: flowId },
        header: options.key ? { 'Idempotency-Key': options.key } : {},
      },
      body: { params: options.params, version: options.version },
    }),
  );
}

export interface LogQuery {
  node?: string;
  after?: number;
  limit?: number;
}

export function listLogs(
  id: string,
  query: LogQuery,
  signal?: AbortSignal,
): Promise<Page<LogLine>> {
  return body(
    api.GET('/api/automation/v1/runs/{id}/logs', { params: { path: { id }, query }, signal }),
  );
}

/** Addresses of the event streams. */
export const runEventsUrl = (id: string): string =>
  `/api/automation/v1/runs/${encodeURIComponent(id)}/events`;
export const eventsUrl = '/api/automation/v1/events';
