import { queryOptions } from '@tanstack/react-query';
import {
  browseConnection,
  getConnection,
  keys,
  listConnectionKinds,
  listConnections,
  sampleConnection,
} from '@/api';

export const connectionsQuery = queryOptions({
  queryKey: keys.connections,
  queryFn: ({ signal }) => listConnections(signal),
});

export const kindsQuery = queryOptions({
  queryKey: keys.connectionKinds,
  queryFn: ({ signal }) => listConnectionKinds(signal),
  staleTime: Number.POSITIVE_INFINITY,
});

export const connectionQuery = (name: string) =>
  queryOptions({
    queryKey: keys.connection(name),
    queryFn: ({ signal }) => getConnection(name, signal),
  });

/** What lies below a path; asked of the system itself, so never by itself again. */
export const entriesQuery = (name: string, schema: string, table: string) =>
  queryOptions({
    queryKey: keys.connectionEntries(name, schema, table),
    queryFn: ({ signal }) => browseConnection(name, schema, table, signal),
    staleTime: 60_000,
    refetchOnWindowFocus: false,
    retry: false,
  });

export const sampleQuery = (name: string, schema: string, table: string) =>
  queryOptions({
    queryKey: keys.connectionSample(name, schema, table),
    queryFn: ({ signal }) => sampleConnection(name, schema, table, signal),
    staleTime: 60_000,
    retry: false,
  });
