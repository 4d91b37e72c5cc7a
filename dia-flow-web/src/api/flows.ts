import { api, body, send, withQuery } from './client';
import type { components } from './schema';
import type { Draft, Flow, FlowSummary, FlowVersion, Mark, Page, QualityTrend } from './types';

type Document = components['schemas']['Document'];

const base = '/api/automation/v1/flows';

export interface FlowQuery {
  q?: string;
  cursor?: string;
  limit?: number;
}

export async function listFlows(
  query: FlowQuery,
  signal?: AbortSignal,
): Promise<Page<FlowSummary>> {
  const response = await send(withQuery(base, { ...query }), { signal });
  return (await response.json()) as Page<FlowSummary>;
}

export function getFlow(id: string, signal?: AbortSignal): Promise<Flow> {
  return body(api.GET('/api/automation/v1/flows/{id}', { params: { path: { id } }, signal }));
}

export function getFlowQuality(
  id: string,
  runs: number,
  signal?: AbortSignal,
): Promise<QualityTrend> {
  return body(
    api.GET('/api/automation/v1/flows/{id}/quality', {
      params: { path: { id }, query: { runs } },
      signal,
    }),
  );
}

export async function listMarks(id: string, signal?: AbortSignal): Promise<Mark[]> {
  const { items } = await body(
    api.GET('/api/automation/v1/flows/{id}/marks', { params: { path: { id } }, signal }),
  );
  return items;
}

/** Lets the incremental reads of a flow begin anew, or only those of one step. */
export async function forgetMarks(id: string, step?: string): Promise<void> {
  await api.DELETE('/api/automation/v1/flows/{id}/marks', {
    params: { path: { id }, query: step === undefined ? {} : { step } },
  });
}

export function createFlow(document: Document): Promise<Flow> {
  return body(api.POST('/api/automation/v1/flows', { body: { document } }));
}

/** Makes a flow of a YAML text; a text that is no flow is refused with line and column. */
export async function importFlow(yaml: string): Promise<Flow> {
  const response = await send(base, {
    method: 'POST',
    headers: { 'Content-Type': 'application/yaml', Accept: 'application/json' },
    body: yaml,
  });
  return (await response.json()) as Flow;
}

export async function deleteFlow(id: string): Promise<void> {
  await api.DELETE('/api/automation/v1/flows/{id}', { params: { path: { id } } });
}

export function duplicateFlow(id: string, name: string, title: string): Promise<Flow> {
  return body(
    api.POST('/api/automation/v1/flows/{id}/duplicate', {
      params: { path: { id } },
      body: { name, title },
    }),
  );
}

export async function saveDraft(id: string, revision: number, document: Document): Promise<Draft> {
  return saveDraftBody(id, revision, JSON.stringify({ document }), 'application/json');
}

export async function saveDraftYaml(id: string, revision: number, yaml: string): Promise<Draft> {
  return saveDraftBody(id, revision, yaml, 'application/yaml');
}

async function saveDraftBody(
  id: string,
  revision: number,
  text: string,
  type: string,
): Promise<Draft> {
  const response = await send(`${base}/${encodeURIComponent(id)}/draft`, {
    method: 'PUT',
    headers: { 'Content-Type': type, Accept: 'application/json', 'If-Match': String(revision) },
    body: text,
  });
  return (await response.json()) as Draft;
}

export function publishFlow(id: string, note: string): Promise<FlowVersion> {
  return body(
    api.POST('/api/automation/v1/flows/{id}/publish', { params: { path: { id } }, body: { note } }),
  );
}

export function listVersions(id: string): Promise<Page<FlowVersion>> {
  return body(api.GET('/api/automation/v1/flows/{id}/versions', { params: { path: { id } } }));
}
