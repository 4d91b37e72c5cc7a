import { isFinal, type Run, type Step } from '@/api';

/** What is placed on the time line: a step, or an item or round with all that happened in it. */
export interface Span {
  queued?: number;
  start?: number;
  end?: number;
}

export interface Bar {
  /** Percent of the whole span. */
  left: number;
  width: number;
  /** Time in the queue before the start, in percent. */
  waitLeft: number;
  waitWidth: number;
}

export interface Gantt {
  bars: Bar[];
  /** Length of the span in milliseconds. */
  span: number;
  ticks: number[];
}

const time = (text: string | undefined): number | undefined =>
  text ? new Date(text).getTime() : undefined;

export function spanOf(step: Step): Span {
  return {
    queued: time(step.queued_at),
    start: time(step.started_at),
    end: time(step.ended_at),
  };
}

/** Places everything on one time line. */
export function gantt(run: Run, spans: readonly Span[], now: number): Gantt {
  const begin = time(run.started_at) ?? time(run.created_at) ?? now;
  const starts = spans.flatMap((each) => each.queued ?? each.start ?? []);
  const ends = spans.flatMap((each) => each.end ?? []);
  const from = starts.reduce((least, at) => Math.min(least, at), begin);
  const live = !isFinal(run.status);
  const last = Math.max(from + 1, time(run.ended_at) ?? from, live ? now : from);
  const to = ends.reduce((most, at) => Math.max(most, at), last);
  const span = to - from;
  const percent = (at: number) => Math.min(100, Math.max(0, ((at - from) / span) * 100));

  const bars = spans.map(({ queued, start, end }): Bar => {
    const waited = queued ?? start;
    if (start === undefined) {
      const at = waited === undefined ? 0 : percent(waited);
      const until = waited === undefined || !live ? at : 100;
      return { left: at, width: 0, waitLeft: at, waitWidth: until - at };
    }
    const stop = end ?? (live ? now : to);
    const waitLeft = percent(waited ?? start);
    const left = percent(start);
    return { left, width: percent(stop) - left, waitLeft, waitWidth: left - waitLeft };
  });
  return { bars, span, ticks: ticks(span) };
}

/** Round moments along a span: four to eight of them. */
export function ticks(span: number): number[] {
  const rough = span / 6;
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  const nice = [1, 2, 2.5, 5, 10].map((factor) => factor * power);
  const step =
    rough > 30_000 ? roundTime(rough) : (nice.find((each) => each >= rough) ?? power * 10);
  const list: number[] = [];
  for (let at = 0; at <= span * 1.0001; at += step) list.push(at);
  return list;
}

const times = [60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

function roundTime(ms: number): number {
  const seconds = ms / 1000;
  return (times.find((each) => each >= seconds) ?? Math.ceil(seconds / 86_400) * 86_400) * 1000;
}
