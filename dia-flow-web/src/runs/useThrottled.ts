import { useCallback, useEffect, useRef } from 'react';

const refreshEvery = 1000;

/** Calls at most once a second, the last time included. */
export function useThrottled(action: () => void): () => void {
  const latest = useRef(action);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    latest.current = action;
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      latest.current();
    }, refreshEvery);
  }, []);
}
