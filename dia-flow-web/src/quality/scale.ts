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
