import type { RunQuery } from './runs';

/** Every key of the query cache, so that whoever changes something can name what is stale. */
export const keys = {
  me: ['me'] as const,
  tokens: ['tokens'] as const,
  system: ['system'] as const,
  flows: ['flows'] as const,
  flowList: (q: string) => ['flows', 'list', q] as const,
  flow: (id: string) => ['flows', 'one', id] as const,
  versions: (id: string) => ['flows', 'versions', id] as const,
  nodeTypes: ['node-types'] as const,
  runs: ['runs'] as const,
  runList: (query: RunQuery) => ['runs', 'list', query] as const,
  runCounts: (flowId?: string) => ['runs', 'counts', flowId ?? ''] as const,
  run: (id: string) => ['runs', 'one', id] as const,
  runGraph: (id: string) => ['runs', 'graph', id] as const,
  why: (id: string) => ['runs', 'why', id] as const,
  approvals: ['approvals'] as const,
  approvalList: (mine: boolean) => ['approvals', 'list', mine] as const,
  backfills: ['backfills'] as const,
  backfillList: (flowId: string) => ['backfills', 'list', flowId] as const,
  backfill: (id: string) => ['backfills', 'one', id] as const,
  files: ['files'] as const,
  fileList: (prefix: string) => ['files', 'list', prefix] as const,
  profile: (id: string) => ['artifacts', id, 'profile'] as const,
  rows: (id: string, view: unknown) => ['artifacts', id, 'rows', view] as const,
  json: (id: string) => ['artifacts', id, 'json'] as const,
};
