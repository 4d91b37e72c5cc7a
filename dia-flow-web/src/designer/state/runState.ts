import {
  type FlowDocument,
  type Instances,
  type LogLine,
  type Run,
  type RunEvent,
  type Status,
  type Step,
  stepsOf,
} from '@/flow-core';

/** What is known of the run that the canvas shows. */
export interface RunState {
  run: Run | null;
  /** Every step that is known, by its path. */
  byPath: Record<string, Step>;
  /** Which item or round of a container is looked at. */
  instances: Instances;
  /** The steps by node, in the instances that are looked at. */
  steps: Record<string, Step>;
  logs: LogLine[];
}

export const noRun: RunState = { run: null, byPath: {}, instances: {}, steps: {}, logs: [] };

/** Whether there is something of the run to do again. */
export function canRetry(run: Run | null): boolean {
  return run?.status === 'failed' || run?.status === 'canceled';
}

/** Steps by path, of a list of them. */
export function stepsByPath(steps: readonly Step[]): Record<string, Step> {
  return Object.fromEntries(steps.map((step) => [step.node_id, step]));
}

/** The part of the state that follows from the others; the old one as long as it says the same. */
export function visibleSteps(
  doc: FlowDocument,
  state: Pick<RunState, 'byPath' | 'instances' | 'steps'>,
): Record<string, Step> {
  const next = stepsOf(doc, state.byPath, state.instances);
  const ids = Object.keys(next);
  const same =
    ids.length === Object.keys(state.steps).length &&
    ids.every((id) => next[id] === state.steps[id]);
  return same ? state.steps : next;
}

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
export function reduceEvents(
  state: Pick<RunState, 'run' | 'byPath' | 'logs'>,
  events: readonly RunEvent[],
): Pick<RunState, 'run' | 'byPath' | 'logs'> {
  let { run } = state;
  const changed: Record<string, Step> = {};
  const lines: LogLine[] = [];
  for (const event of events) {
    if (event.run) run = event.run;
    if (event.step) changed[event.step.node_id] = event.step;
    if (event.log) lines.push(event.log);
  }
  const byPath = Object.keys(changed).length > 0 ? { ...state.byPath, ...changed } : state.byPath;
  return { run, byPath, logs: lines.length > 0 ? mergeLogs(state.logs, lines) : state.logs };
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

/** Rows that left a step by one output. */
export function rowsOf(step: Step | undefined, port: string): number | undefined {
  const rows = step?.outputs?.[port]?.table?.rows;
  return rows === undefined || rows < 0 ? undefined : rows;
}
