import type { FlowParam } from '@/api';
import { type Definitions, toValues } from '@/runs/params/values';

/** Parameters that a range can go over. */
export function rangeParams(definitions: Definitions): string[] {
  return Object.entries(definitions)
    .filter(([, { type }]) => ['date', 'datetime', 'integer', 'number'].includes(type))
    .map(([name]) => name);
}

const DAY = 86_400_000;
const UNITS: Record<string, number> = { d: DAY, h: 3_600_000, m: 60_000, s: 1000 };

/** Milliseconds of a duration such as 1d or 6h; undefined for a text that is none. */
export function milliseconds(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([dhms])/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) return undefined;
  return parts.reduce((sum, [, n = '0', unit = '']) => sum + Number(n) * (UNITS[unit] ?? 0), 0);
}

/** How many runs a range makes, both ends included; undefined as long as it makes no sense. */
export function rangeCount(
  type: FlowParam['type'],
  from: string,
  to: string,
  step: string,
): number | undefined {
  const timed = type === 'date' || type === 'datetime';
  const [first, last] = timed ? [Date.parse(from), Date.parse(to)] : [number(from), number(to)];
  const width = step.trim() === '' ? (timed ? DAY : 1) : timed ? milliseconds(step) : number(step);
  if (!Number.isFinite(first) || !Number.isFinite(last) || !width || !(width > 0)) return undefined;
  if (last < first || (type === 'date' && width % DAY !== 0)) return undefined;
  // A hair more, since steps such as 0.1 do not add up exactly.
  return Math.floor((last - first) / width + 1e-9) + 1;
}

function number(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

/** A moment as the server reads it: a browser's field leaves out seconds and the zone. */
export function bound(type: FlowParam['type'], text: string): string {
  return type === 'datetime' ? new Date(text).toISOString().replace('.000Z', 'Z') : text;
}

export type SetsProblem =
  | { code: 'empty' | 'shape' | 'header' }
  | { code: 'json'; message: string }
  | { code: 'unknown'; names: string }
  | { code: 'width'; line: number };

/**
 * Reads the parameters of many runs: a JSON list of objects, or lines of values with commas between, the first of which
 * names the parameters.
 */
export function readSets(
  text: string,
  definitions: Definitions,
): { sets: Record<string, unknown>[] } | { problem: SetsProblem } {
  const trimmed = text.trim();
  if (trimmed === '') return { problem: { code: 'empty' } };
  const read = trimmed.startsWith('[') ? readJson(trimmed) : readLines(trimmed, definitions);
  if ('problem' in read) return read;
  const unknown = new Set(
    read.sets.flatMap((set) => Object.keys(set).filter((name) => !(name in definitions))),
  );
  if (unknown.size > 0) return { problem: { code: 'unknown', names: [...unknown].join(', ') } };
  return read.sets.length > 0 ? read : { problem: { code: 'empty' } };
}

type Read = { sets: Record<string, unknown>[] } | { problem: SetsProblem };

function readJson(text: string): Read {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return {
      problem: { code: 'json', message: error instanceof Error ? error.message : String(error) },
    };
  }
  const good =
    Array.isArray(value) &&
    value.every((item) => item !== null && typeof item === 'object' && !Array.isArray(item));
  return good ? { sets: value as Record<string, unknown>[] } : { problem: { code: 'shape' } };
}

function readLines(text: string, definitions: Definitions): Read {
  const [header = '', ...lines] = text.split(/\r?\n/);
  const names = header.split(',').map((name) => name.trim());
  if (names.some((name) => name === '')) return { problem: { code: 'header' } };
  const sets: Record<string, unknown>[] = [];
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const values = line.split(',').map((value) => value.trim());
    if (values.length !== names.length) return { problem: { code: 'width', line: i + 2 } };
    const fields = Object.fromEntries(
      names.map((name, at) => [name, field(definitions[name], values[at] ?? '')]),
    );
    const known = Object.fromEntries(
      names.filter((n) => n in definitions).map((n) => [n, definitions[n] as FlowParam]),
    );
    const typed = toValues(known, fields);
    // A value that is no number stays as it was written, so that the server can say what is wrong with it.
    for (const name of names) {
      const value = typed[name];
      if (!(name in known) || (typeof value === 'number' && Number.isNaN(value))) {
        typed[name] = fields[name];
      }
    }
    sets.push(typed);
  }
  return { sets };
}

function field(definition: FlowParam | undefined, text: string): string | boolean {
  return definition?.type === 'boolean' ? text === 'true' : text;
}
