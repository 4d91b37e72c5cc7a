/** What a chart node gives: what to draw, never how. */
export interface Chart {
  type: string;
  title?: string;
  x: Axis;
  y: Axis[];
  series: Series[];
  /** Present when not everything is shown. */
  cut?: { shown: number; total: number; what: string };
}

export interface Axis {
  name: string;
  type?: string;
  scale?: 'category' | 'value' | 'time';
}

/** Points are [x, y]; of a histogram [from, to, count]. y is an index of the chart's y. */
export interface Series {
  name: string;
  y?: number;
  data: unknown[][];
}

export function readChart(value: unknown): Chart | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  const chart = value as Partial<Chart>;
  const complete =
    typeof chart.type === 'string' &&
    chart.x !== undefined &&
    Array.isArray(chart.y) &&
    Array.isArray(chart.series);
  return complete ? (chart as Chart) : undefined;
}

/** A null on an axis or in a legend. */
export const NOTHING = '—';

export function label(value: unknown): string {
  if (value === null || value === undefined) return NOTHING;
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.replace(/^(\d{4}-\d\d-\d\d)T00:00:00(\.0+)?Z?$/, '$1');
}

/** All values of X in the order in which the series bring them. */
export function categories(chart: Chart): string[] {
  const seen = new Set<string>();
  for (const series of chart.series) for (const [x] of series.data) seen.add(label(x));
  return [...seen];
}

/** The values of one series by category; null where it has none. */
export function aligned(series: Series, names: string[]): unknown[] {
  const byName = new Map(series.data.map(([x, y]) => [label(x), y]));
  return names.map((name) => byName.get(name) ?? null);
}
