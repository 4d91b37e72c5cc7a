import { api, body } from './client';
import type { Backfill, BackfillBody } from './types';

export function startBackfill(flowId: string, request: BackfillBody): Promise<Backfill> {
  return body(
    api.POST('/api/automation/v1/flows/{id}/backfills', {
      params: { path: { id: flowId } },
      body: request,
    }),
  );
}

export async function listBackfills(flowId: string, signal?: AbortSignal): Promise<Backfill[]> {
  const page = await body(
    api.GET('/api/automation/v1/flows/{id}/backfills', {
      params: { path: { id: flowId } },
      signal,
    }),
  );
  return page.items;
}

export function getBackfill(id: string, signal?: AbortSignal): Promise<Backfill> {
  return body(api.GET('/api/automation/v1/backfills/{id}', { params: { path: { id } }, signal }));
}

export function cancelBackfill(id: string): Promise<Backfill> {
  return body(api.POST('/api/automation/v1/backfills/{id}/cancel', { params: { path: { id } } }));
}
