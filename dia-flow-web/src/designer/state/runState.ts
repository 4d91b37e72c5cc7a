import type { LogLine, Run, RunEvent, Status, Step } from '@/flow-core';

/** What is known of the run that the canvas shows. */
export interface RunState {
  run: Run | null;
  steps: Record<string, Step>;
  logs: LogLine[];
}

export const noRun: RunState = { run: null, steps: {}, logs: [] };

const MAX_LOGS = 5000;

export function isFinal(status: Status | undefined): boolean {
  return (
    status === 'succeeded' || status === 'failed' || status === 'skipped' || status === 'canceled'
  );
}

export function isLive(run: Run | null): boolean {
  return run !== null && !isFinal(run.status);
}

/** Adds events to what is known. Events may come twice after a reconnect. */
export function reduceEvents(state: RunState, events: readonly RunEvent[]): RunState {
  let { run, steps } = state;
  const lines: LogLine[] = [];
  for (const event of events) {
    if (event.run) run = event.run;
    if (event.step) steps = { ...steps, [event.step.node_id]: event.step };
    if (event.log) lines.push(event.log);
  }
  return { run, steps, logs: lines.length > 0 ? mergeLogs(state.logs, lines) : state.logs };
}

export function mergeLogs(old: readonly LogLine[], added: readonly LogLine[]): LogLine[] {
  const seen = new Set(old.map((line) => line.seq));
  const fresh = added.filter((line) => {
    if (seen.has(line.seq)) return false;
    seen.add(line.seq);
    return true;
  });
  if (fresh.length === 0) return old as LogLine[];
  const all = [...old, ...fresh].sort((a, b) => a.seq - b.seq);
  return all.length > MAX_LOGS ? all.slice(-MAX_LOGS) : all;
}

export function stepDuration(step: Step, now: number): number | undefined {
  if (!step.started_at) return undefined;
  const end = step.ended_at ? Date.parse(step.ended_at) : now;
  return Math.max(0, end - Date.parse(step.started_at));
}

/** Rows that left a step: those of one port, or of its first table. */
export function rowsOf(step: Step | undefined, port?: string): number | undefined {
  const outputs = step?.outputs;
  if (!outputs) return undefined;
  if (port) return outputs[port]?.table?.rows;
  return Object.values(outputs).find((value) => value.table)?.table?.rows;
}
