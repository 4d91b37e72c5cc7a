import { queryOptions, useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { getMe, isApiError, keys, type Principal } from '@/api';

/** Who is logged in; null when nobody is. */
export const meQuery = queryOptions({
  queryKey: keys.me,
  queryFn: async ({ signal }): Promise<Principal | null> => {
    try {
      return await getMe(signal);
    } catch (error) {
      if (isApiError(error) && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: 5 * 60_000,
});

export function useMe(): Principal | null {
  return useSuspenseQuery(meQuery).data;
}

/** Whether the principal may do what the permission names. */
export function useCan(permission: string): boolean {
  const { data } = useQuery(meQuery);
  return data?.permissions?.includes(permission) ?? false;
}
