import { isFinal, type Step, type StepStatus } from '@/api';

/** One item of a map or round of a loop, as far as its steps are known. */
export interface Instance {
  index: number;
  /** Such as each[3]. */
  path: string;
  status: StepStatus;
  start?: number;
  end?: number;
}

/** At most as many instances of a container are drawn. */
export const MOST_INSTANCES = 100;

/** The known instances of a container with that path, in order. */
export function instancesOf(byPath: Readonly<Record<string, Step>>, container: string): Instance[] {
  const steps = new Map<number, Step[]>();
  const before = `${container}[`;
  for (const [path, step] of Object.entries(byPath)) {
    if (!path.startsWith(before)) continue;
    const index = Number.parseInt(path.slice(before.length), 10);
    if (!Number.isInteger(index)) continue;
    const list = steps.get(index);
    if (list) list.push(step);
    else steps.set(index, [step]);
  }
  return [...steps]
    .sort(([a], [b]) => a - b)
    .slice(0, MOST_INSTANCES)
    .map(([index, list]) => ({ index, path: `${container}[${index}]`, ...spanOf(list) }));
}

function spanOf(steps: readonly Step[]): Pick<Instance, 'status' | 'start' | 'end'> {
  const times = (pick: (step: Step) => string | undefined) =>
    steps.flatMap((step) => {
      const text = pick(step);
      return text ? [new Date(text).getTime()] : [];
    });
  const starts = times((step) => step.started_at);
  const ends = times((step) => step.ended_at);
  const live = steps.some((step) => !isFinal(step.status));
  return {
    status: statusOf(steps, live),
    ...(starts.length > 0 ? { start: Math.min(...starts) } : {}),
    ...(!live && ends.length > 0 ? { end: Math.max(...ends) } : {}),
  };
}

function statusOf(steps: readonly Step[], live: boolean): StepStatus {
  const has = (status: StepStatus) => steps.some((step) => step.status === status);
  if (live) return has('running') || has('succeeded') ? 'running' : 'queued';
  if (has('failed')) return 'failed';
  if (has('canceled')) return 'canceled';
  return has('succeeded') ? 'succeeded' : 'skipped';
}
