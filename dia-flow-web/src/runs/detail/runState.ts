import { isFinal, type LogLine, type Run, type RunEvent, type RunGraph, type Step } from '@/api';
import { supersedes } from '../live';

/** Everything about one run that changes while it goes on. */
export interface RunState {
  run?: Run;
  steps: Record<string, Step>;
}

export const emptyState: RunState = { steps: {} };

export function withRun(state: RunState, run: Run): RunState {
  if (state.run && !supersedes(run, state.run)) return state;
  return { ...state, run };
}

export function withSteps(state: RunState, steps: RunGraph['steps']): RunState {
  let next = state;
  for (const step of steps) next = withStep(next, step);
  return next;
}

export function withStep(state: RunState, step: Step): RunState {
  const old = state.steps[step.node_id];
  if (old && isOlder(step, old)) return state;
  return { ...state, steps: { ...state.steps, [step.node_id]: step } };
}

/** A later attempt is newer; within an attempt a final state is the last. */
function isOlder(step: Step, old: Step): boolean {
  if (step.attempt !== old.attempt) return step.attempt < old.attempt;
  return isFinal(old.status) && !isFinal(step.status);
}

export function withEvent(state: RunState, event: RunEvent): RunState {
  if (event.run) return withRun(state, event.run);
  if (event.step) return withStep(state, event.step);
  return state;
}

/** Joins lines that came by different ways: each once, in order. */
export function mergeLogs(old: LogLine[], added: LogLine[]): LogLine[] {
  const last = old.at(-1)?.seq ?? -1;
  const fresh = added.filter((line) => line.seq > last);
  if (fresh.length === added.length && isSorted(fresh)) {
    return fresh.length ? [...old, ...fresh] : old;
  }
  const bySeq = new Map(old.map((line) => [line.seq, line]));
  for (const line of added) bySeq.set(line.seq, line);
  if (bySeq.size === old.length) return old;
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

function isSorted(lines: LogLine[]): boolean {
  return lines.every((line, index) => index === 0 || line.seq > (lines[index - 1]?.seq ?? -1));
}
