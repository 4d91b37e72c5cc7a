import { queryOptions } from '@tanstack/react-query';
import {
  getBase,
  getEnvironment,
  getEnvironmentVersion,
  keys,
  listEnvironments,
  listEnvironmentVersions,
} from '@/api';

const rest = 4_000;

/** All environments; asked again while one is being built. */
export const environmentsQuery = queryOptions({
  queryKey: keys.environments,
  queryFn: ({ signal }) => listEnvironments(signal),
  refetchInterval: (query) =>
    query.state.data?.some((each) => each.last_status === 'building') ? rest : false,
});

export const environmentQuery = (name: string) =>
  queryOptions({
    queryKey: keys.environment(name),
    queryFn: ({ signal }) => getEnvironment(name, signal),
  });

export const versionsQuery = (name: string) =>
  queryOptions({
    queryKey: keys.environmentVersions(name),
    queryFn: ({ signal }) => listEnvironmentVersions(name, signal),
  });

export const versionQuery = (name: string, version: number) =>
  queryOptions({
    queryKey: keys.environmentVersion(name, version),
    queryFn: ({ signal }) => getEnvironmentVersion(name, version, signal),
    enabled: version > 0,
  });

export const baseQuery = queryOptions({
  queryKey: keys.base,
  queryFn: ({ signal }) => getBase(signal),
  staleTime: 5 * 60_000,
});
