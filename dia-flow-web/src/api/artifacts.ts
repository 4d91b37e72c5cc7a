import { api, body, getJSON, withQuery } from './client';
import type { TablePage, TableProfile } from './types';

export interface Condition {
  column: string;
  op: '=' | '!=' | '<' | '<=' | '>' | '>=' | 'contains' | 'is_null' | 'not_null';
  value?: string;
}

export interface SortKey {
  column: string;
  desc?: boolean;
}

export interface RowsQuery {
  offset: number;
  limit: number;
  sort?: SortKey[];
  filter?: Condition[];
}

const path = (id: string): string => `/api/automation/v1/artifacts/${encodeURIComponent(id)}`;

/** Columns with commas between and a minus before a descending one. */
export function sortText(sort: SortKey[]): string {
  return sort.map((key) => (key.desc ? `-${key.column}` : key.column)).join(',');
}

export function listRows(id: string, query: RowsQuery, signal?: AbortSignal): Promise<TablePage> {
  return getJSON(
    `${path(id)}/rows`,
    {
      offset: query.offset,
      limit: query.limit,
      sort: query.sort?.length ? sortText(query.sort) : undefined,
      filter: query.filter?.length ? JSON.stringify(query.filter) : undefined,
    },
    signal,
  );
}

export function getProfile(id: string, signal?: AbortSignal): Promise<TableProfile> {
  return body(
    api.GET('/api/automation/v1/artifacts/{id}/profile', { params: { path: { id } }, signal }),
  );
}

export function getArtifactJSON(id: string, signal?: AbortSignal): Promise<unknown> {
  return body(
    api.GET('/api/automation/v1/artifacts/{id}/json', { params: { path: { id } }, signal }),
  );
}

export type TableFormat = 'csv' | 'parquet' | 'json' | 'ndjson' | 'xlsx';

/** Address of a download; format is for tables. */
export function artifactUrl(
  id: string,
  options: { name?: string; format?: TableFormat } = {},
): string {
  return withQuery(path(id), { ...options });
}
