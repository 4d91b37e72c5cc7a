import { isFinal, type Run, type Step } from '@/api';

export interface Bar {
  step: Step;
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

/** Places every step on one time line. */
export function gantt(run: Run, steps: Step[], now: number): Gantt {
  const begin = time(run.started_at) ?? time(run.created_at) ?? now;
  const starts = steps.flatMap((step) => time(step.queued_at) ?? time(step.started_at) ?? []);
  const ends = steps.flatMap((step) => time(step.ended_at) ?? []);
  const from = Math.min(begin, ...starts);
  const live = !isFinal(run.status);
  const to = Math.max(from + 1, time(run.ended_at) ?? from, ...ends, live ? now : from);
  const span = to - from;
  const percent = (at: number) => Math.min(100, Math.max(0, ((at - from) / span) * 100));

  const bars = steps.map((step): Bar => {
    const start = time(step.started_at);
    const queued = time(step.queued_at) ?? start;
    if (start === undefined) {
      const at = queued === undefined ? 0 : percent(queued);
      const until = queued === undefined || !live ? at : 100;
      return { step, left: at, width: 0, waitLeft: at, waitWidth: until - at };
    }
    const end = time(step.ended_at) ?? (live ? now : to);
    const waitLeft = percent(queued ?? start);
    const left = percent(start);
    return { step, left, width: percent(end) - left, waitLeft, waitWidth: left - waitLeft };
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
