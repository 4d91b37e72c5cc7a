import type { Connection } from '@/api';

/** Whether the last test failed as the connection is now. What a look would fail at is said already, and wrong passwords lock users out. */
export function failing({ last_test: last }: Connection): boolean {
  return last !== undefined && !last.ok && !last.outdated;
}
