import { api, body } from './client';
import type { components } from './schema';

type Schemas = components['schemas'];

export type Connection = Schemas['Connection'];
export type ConnectionKind = Schemas['ConnectionKind'];
export type ConnectionTest = Schemas['ConnectionTest'];
export type ConnectionEntry = Schemas['ConnectionEntry'];
export type ConnectionUse = Schemas['ConnectionUse'];

/** What a person says of a connection. Sealed fields that are left out stay as they are. */
export interface ConnectionDraft {
  title: string;
  description: string;
  config: Record<string, unknown>;
}

const base = '/api/automation/v1';

export async function listConnectionKinds(signal?: AbortSignal): Promise<ConnectionKind[]> {
  return (await body(api.GET(`${base}/connection-kinds`, { signal }))).items;
}

export async function listConnections(signal?: AbortSignal): Promise<Connection[]> {
  return (await body(api.GET(`${base}/connections`, { signal }))).items;
}

export const getConnection = (name: string, signal?: AbortSignal): Promise<Connection> =>
  body(api.GET(`${base}/connections/{name}`, { params: { path: { name } }, signal }));

export const createConnection = (
  name: string,
  kind: string,
  draft: ConnectionDraft,
): Promise<Connection> => body(api.POST(`${base}/connections`, { body: { name, kind, ...draft } }));

export const saveConnection = (
  name: string,
  revision: number,
  draft: ConnectionDraft,
): Promise<Connection> =>
  body(
    api.PUT(`${base}/connections/{name}`, {
      params: { path: { name } },
      body: { revision, ...draft },
    }),
  );

export async function deleteConnection(name: string, force: boolean): Promise<void> {
  await api.DELETE(`${base}/connections/{name}`, { params: { path: { name }, query: { force } } });
}

export const testConnection = (name: string): Promise<ConnectionTest> =>
  body(api.POST(`${base}/connections/{name}/test`, { params: { path: { name } } }));

/** Tries what is not saved; with the name of a saved one, its secrets are used where none are given. */
export const testConnectionDraft = (
  kind: string,
  draft: ConnectionDraft,
  name?: string,
): Promise<ConnectionTest> =>
  body(api.POST(`${base}/connections/test`, { body: { kind, name, ...draft } }));

export async function listConnectionUses(name: string): Promise<ConnectionUse[]> {
  return (await body(api.GET(`${base}/connections/{name}/uses`, { params: { path: { name } } })))
    .items;
}

export async function browseConnection(
  name: string,
  schema: string,
  table: string,
  signal?: AbortSignal,
): Promise<ConnectionEntry[]> {
  return (
    await body(
      api.GET(`${base}/connections/{name}/entries`, {
        params: { path: { name }, query: { schema, table } },
        signal,
      }),
    )
  ).items;
}

export const sampleConnection = (
  name: string,
  schema: string,
  table: string,
  signal?: AbortSignal,
): Promise<Schemas['TablePage']> =>
  body(
    api.GET(`${base}/connections/{name}/rows`, {
      params: { path: { name }, query: { schema, table, limit: 50 } },
      signal,
    }),
  );
