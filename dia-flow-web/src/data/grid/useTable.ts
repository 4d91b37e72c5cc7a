import { keepPreviousData, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import type { Condition, SortKey } from '@/api';
import { cachedRow, pageQuery, pagesFor, plainView, type View } from './pages';

/** The rows of a table artifact, page by page, under a sorting and a filter that the server applies. */
export function useTable(artifactId: string) {
  const client = useQueryClient();
  const [view, setView] = useState<View>(plainView);
  const [shown, setShown] = useState<[number, number]>([0, 0]);

  const first = useQuery({
    ...pageQuery(artifactId, view, 0),
    placeholderData: keepPreviousData,
    retry: false,
  });
  const total = first.data?.total ?? 0;
  const pages = pagesFor(shown[0], shown[1], total).filter((page) => page > 0);
  const rest = useQueries({
    queries: pages.map((page) => ({
      ...pageQuery(artifactId, view, page),
      enabled: !first.isPlaceholderData,
    })),
  });

  const row = useCallback(
    (index: number): unknown[] | undefined =>
      first.isPlaceholderData
        ? first.data?.rows[index]
        : cachedRow(client, artifactId, view, index),
    [client, artifactId, view, first.isPlaceholderData, first.data],
  );

  const sortBy = useCallback((key: SortKey | undefined, add: boolean) => {
    setView((old) => {
      if (!key) return { ...old, sort: [] };
      const others = add ? old.sort.filter((other) => other.column !== key.column) : [];
      return { ...old, sort: [...others, key] };
    });
  }, []);

  const filterBy = useCallback((column: string, condition: Condition | undefined) => {
    setView((old) => {
      const others = old.filter.filter((other) => other.column !== column);
      return { ...old, filter: condition ? [...others, condition] : others };
    });
  }, []);

  return {
    columns: first.data?.columns ?? [],
    total,
    view,
    row,
    sortBy,
    filterBy,
    clearView: useCallback(() => setView(plainView), []),
    show: useCallback(
      (from: number, to: number) =>
        setShown((old) => (old[0] === from && old[1] === to ? old : [from, to])),
      [],
    ),
    error: first.error ?? rest.find((query) => query.error)?.error ?? null,
    retry: () => void first.refetch(),
    pending: first.isPending,
    busy: first.isFetching || rest.some((query) => query.isFetching),
  };
}

export type Table = ReturnType<typeof useTable>;
