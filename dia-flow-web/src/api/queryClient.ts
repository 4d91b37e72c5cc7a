import { QueryClient } from '@tanstack/react-query';
import { isApiError } from './errors';

/** Refusals are answers and are not asked for again; a server that cannot be reached is. */
function retry(failures: number, error: Error): boolean {
  if (isApiError(error) && error.status >= 400 && error.status < 500) return false;
  return failures < 2;
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { retry, staleTime: 15_000, refetchOnWindowFocus: true },
      mutations: { retry: false },
    },
  });
}
