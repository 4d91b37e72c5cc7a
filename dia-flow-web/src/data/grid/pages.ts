import type { QueryClient } from '@tanstack/react-query';
import { type Condition, keys, listRows, type SortKey, type TablePage } from '@/api';

/** Rows are asked for and kept in pages of this size. */
export const pageSize = 200;

export interface View {
  sort: SortKey[];
  filter: Condition[];
}

export const plainView: View = { sort: [], filter: [] };

/** One page; artifacts never change, so what has been read stays good. */
export const pageQuery = (artifactId: string, view: View, page: number) => ({
  queryKey: [...keys.rows(artifactId, view), page],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    listRows(artifactId, { offset: page * pageSize, limit: pageSize, ...view }, signal),
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: 60_000,
});

/** Numbers of the pages that hold the rows from first to last. */
export function pagesFor(first: number, last: number, total: number): number[] {
  if (total === 0 || last < first) return [];
  const from = Math.max(0, Math.floor(first / pageSize));
  const to = Math.min(Math.floor((total - 1) / pageSize), Math.floor(last / pageSize));
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

/** A row that has already been read, or undefined. */
export function cachedRow(
  client: QueryClient,
  artifactId: string,
  view: View,
  row: number,
): unknown[] | undefined {
  const page = Math.floor(row / pageSize);
  const data = client.getQueryData<TablePage>([...keys.rows(artifactId, view), page]);
  return data?.rows[row - page * pageSize];
}
