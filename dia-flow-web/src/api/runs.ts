import { api, body, getJSON } from './client';
import type { LogLine, Page, Run, RunCounts, RunGraph, RunStatus, Step } from './types';

export interface RunQuery {
  flow_id?: string;
  status?: RunStatus[];
  q?: string;
  since?: string;
  until?: string;
  sort?: 'created_at' | '-created_at' | 'duration' | '-duration';
  cursor?: string;
  limit?: number;
}

export function listRuns(query: RunQuery, signal?: AbortSignal): Promise<Page<Run>> {
  const { status, ...rest } = query;
  return getJSON('/api/automation/v1/runs', { ...rest, status: status?.join(',') }, signal);
}

export function countRuns(flowId?: string, signal?: AbortSignal): Promise<RunCounts> {
  return body(
    api.GET('/api/automation/v1/runs/counts', { params: { query: { flow_id: flowId } }, signal }),
  );
}

export function getRun(id: string, signal?: AbortSignal): Promise<Run> {
  return body(api.GET('/api/automation/v1/runs/{id}', { params: { path: { id } }, signal }));
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

export interface StartOptions {
  params?: Record<string, unknown>;
  /** A published version; 0 or absent runs the draft. */
  version?: number;
  /** A repetition with the same key answers the first run. */
  key?: string;
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
