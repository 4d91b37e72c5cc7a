import type { Unit } from './amounts';

export interface Scale {
  low: number;
  high: number;
  ticks: number[];
}

/** An axis of shares in per cent, from a round number below the least to 100, so that small differences are seen. */
export function scaleOf(shares: number[]): Scale {
  const least = Math.min(100, ...shares);
  const span = [1, 2, 5, 10, 20, 50, 100].find((each) => 100 - each <= least) ?? 100;
  const low = 100 - span;
  return { low, high: 100, ticks: [low, low + span / 2, 100] };
}

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const times = [1, 5, 15, 30, minute, 5 * minute, 15 * minute, 30 * minute, hour, 3 * hour].concat([
  6 * hour,
  12 * hour,
  day,
  2 * day,
  7 * day,
  14 * day,
  30 * day,
  90 * day,
  365 * day,
]);

/** An axis of measured values between round numbers, which people can read the unit of. */
export function measuredScale(values: number[], unit: Unit): Scale {
  if (values.length === 0) return { low: 0, high: 1, ticks: [0, 1] };
  let least = Math.min(...values);
  let most = Math.max(...values);
  if (least === most) {
    const room = Math.abs(least) / 10 || 1;
    [least, most] = [least < 0 ? least - room : Math.max(0, least - room), most + room];
  }
  const step = stepOf((most - least) / 3, unit);
  const from = Math.floor(least / step);
  const to = Math.max(Math.ceil(most / step), from + 1);
  const ticks = Array.from({ length: to - from + 1 }, (_, i) => exact((from + i) * step));
  return { low: ticks[0] ?? 0, high: ticks[ticks.length - 1] ?? 1, ticks };
}

function stepOf(atLeast: number, unit: Unit): number {
  if (unit === 'seconds') {
    const found = times.find((each) => each >= atLeast);
    if (found !== undefined) return found;
  }
  const power = 10 ** Math.floor(Math.log10(atLeast));
  const round = ([1, 2, 5, 10].find((each) => each * power >= atLeast) ?? 10) * power;
  return unit === 'rows' ? Math.max(1, round) : round;
}

/** Without the last digits of a sum of fractions. */
const exact = (value: number) => Number(value.toPrecision(12));
