import type { RunStatus } from '@/api';

export const runStatuses = [
  'queued',
  'running',
  'succeeded',
  'failed',
  'skipped',
  'canceled',
] as const;

/** Time ranges that people pick from; hours back from now. */
export const ranges = { '1h': 1, '24h': 24, '7d': 168, '30d': 720 } as const;
export type Range = keyof typeof ranges;

/** Filters of the runs list as they stand in its address. */
export interface RunSearch {
  status?: RunStatus[];
  flow?: string;
  q?: string;
  range?: Range;
  sort?: 'created_at' | '-created_at' | 'duration' | '-duration';
  paused?: true;
  /** Only those that took longer than their flow's SLA. */
  late?: true;
  /** Only those that steps of this run wait for. */
  parent?: string;
  backfill?: string;
}

/** The parts of a search that leave runs out. */
export function isFiltered(search: RunSearch): boolean {
  const { sort: _, ...filters } = search;
  return Object.values(filters).some((value) => value !== undefined);
}

const sorts = ['created_at', '-created_at', 'duration', '-duration'] as const;

/** Takes from an address what makes sense and leaves out the rest. */
export function parseRunSearch(raw: Record<string, unknown>): RunSearch {
  const list = Array.isArray(raw.status) ? raw.status : [];
  const status = runStatuses.filter((known) => list.includes(known));
  return {
    status: status.length ? status : undefined,
    flow: text(raw.flow),
    q: text(raw.q),
    range: typeof raw.range === 'string' && raw.range in ranges ? (raw.range as Range) : undefined,
    sort: sorts.find((known) => known === raw.sort),
    paused: raw.paused === true ? true : undefined,
    late: raw.late === true ? true : undefined,
    parent: text(raw.parent),
    backfill: text(raw.backfill),
  };
}

function text(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value ? value : undefined;
}

/** Start of a range, rounded to the minute so that the query key is stable for a while. */
export function since(range: Range | undefined, now = Date.now()): string | undefined {
  if (!range) return undefined;
  const start = now - ranges[range] * 3_600_000;
  return new Date(Math.floor(start / 60_000) * 60_000).toISOString();
}
