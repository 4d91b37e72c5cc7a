import { api, body } from './client';
import type { Approval, Run } from './types';

/** The open questions, oldest first; with mine only those that the caller may decide. */
export async function listApprovals(mine: boolean, signal?: AbortSignal): Promise<Approval[]> {
  const page = await body(
    api.GET('/api/automation/v1/approvals', { params: { query: { mine } }, signal }),
  );
  return page.items;
}

export interface Decision {
  step: string;
  decision: 'approve' | 'reject';
  comment?: string;
  form?: Record<string, unknown>;
}

export function decide(runId: string, decision: Decision): Promise<Run> {
  return body(
    api.POST('/api/automation/v1/runs/{id}/signals', {
      params: { path: { id: runId } },
      body: decision,
    }),
  );
}
