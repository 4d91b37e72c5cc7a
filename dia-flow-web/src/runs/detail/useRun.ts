import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useReducer, useRef, useState } from 'react';
import {
  isFinal,
  keys,
  type LogLine,
  listLogs,
  type RunEvent,
  runEventsUrl,
  type Step,
  type StreamState,
  useEvents,
} from '@/api';
import { runGraphQuery, runQuery } from '../queries';
import { emptyState, mergeLogs, type RunState, withEvent, withRun, withSteps } from './runState';

type Change = (state: RunState) => RunState;

/** A run with its steps and logs, followed live until it has ended. */
export function useRun(id: string) {
  const client = useQueryClient();
  const first = useQuery(runQuery(id));
  const graph = useQuery(runGraphQuery(id));
  const [state, apply] = useReducer((old: RunState, change: Change) => change(old), emptyState);
  const logs = useLogs(id);

  useEffect(() => {
    if (first.data) apply((old) => withRun(old, first.data));
  }, [first.data]);
  useEffect(() => {
    if (graph.data) apply((old) => withSteps(old, graph.data.steps));
  }, [graph.data]);

  const ended = state.run ? isFinal(state.run.status) : false;
  const onEvent = useCallback(
    (event: RunEvent) => {
      if (event.log) logs.add([event.log]);
      else apply((old) => withEvent(old, event));
    },
    [logs.add],
  );
  const stream: StreamState = useEvents(runEventsUrl(id), {
    enabled: first.isSuccess && !ended,
    onEvent,
  });

  // What the stream said last is asked for once more in full: steps and log lines may have been passed over.
  const wasLive = useRef(false);
  useEffect(() => {
    if (stream === 'open') wasLive.current = true;
    if (!ended || !wasLive.current) return;
    wasLive.current = false;
    void client.invalidateQueries({ queryKey: keys.runs });
    logs.load();
  }, [ended, stream, client, logs.load]);

  const addSteps = useCallback((more: Step[]) => apply((old) => withSteps(old, more)), []);

  const { run, steps } = state;
  return {
    run,
    steps,
    addSteps,
    graph: graph.data,
    logs,
    stream,
    error: first.error ?? graph.error,
  };
}

export type LiveRun = ReturnType<typeof useRun>;

const logPage = 1000;
const logLimit = 100_000;

/** Log lines by page from the store and one by one from the stream. */
function useLogs(id: string) {
  const [lines, setLines] = useState<LogLine[]>([]);
  const [loading, setLoading] = useState(true);
  const [error, setError] = useState<unknown>();
  const pending = useRef<LogLine[]>([]);
  const frame = useRef(0);

  const add = useCallback((added: LogLine[]) => {
    pending.current.push(...added);
    frame.current ||= requestAnimationFrame(() => {
      frame.current = 0;
      const batch = pending.current;
      pending.current = [];
      setLines((old) => mergeLogs(old, batch).slice(-logLimit));
    });
  }, []);

  const load = useCallback(() => {
    const control = new AbortController();
    const read = async () => {
      let after: number | undefined;
      for (let count = 0; count < logLimit; ) {
        const page = await listLogs(id, { after, limit: logPage }, control.signal);
        add(page.items);
        count += page.items.length;
        after = page.items.at(-1)?.seq;
        if (page.items.length < logPage || after === undefined) break;
      }
      setLoading(false);
    };
    read().catch((problem: unknown) => {
      if (control.signal.aborted) return;
      setError(problem);
      setLoading(false);
    });
    return () => control.abort();
  }, [id, add]);

  useEffect(() => {
    const stop = load();
    return () => {
      stop();
      cancelAnimationFrame(frame.current);
      frame.current = 0;
    };
  }, [load]);

  return { lines, loading, error, add, load };
}
