import { describe, expect, it } from 'vitest';
import { measuredScale, scaleOf } from './scale';

describe('the axis of a trend', () => {
  it('goes from a round number below the least to 100', () => {
    expect(scaleOf([99.8, 99.4])).toEqual({ low: 99, high: 100, ticks: [99, 99.5, 100] });
    expect(scaleOf([100, 83])).toEqual({ low: 80, high: 100, ticks: [80, 90, 100] });
    expect(scaleOf([0])).toEqual({ low: 0, high: 100, ticks: [0, 50, 100] });
    expect(scaleOf([])).toEqual({ low: 99, high: 100, ticks: [99, 99.5, 100] });
  });

  it('goes between round numbers around what was measured', () => {
    expect(measuredScale([3, 47], 'number').ticks).toEqual([0, 20, 40, 60]);
    expect(measuredScale([0.12, 0.3], 'number').ticks).toEqual([0.1, 0.2, 0.3]);
    expect(measuredScale([-4, 2], 'number').ticks).toEqual([-4, -2, 0, 2]);
    expect(measuredScale([7], 'rows').ticks).toEqual([6, 7, 8]);
    expect(measuredScale([0], 'rows').ticks).toEqual([0, 1]);
    expect(measuredScale([3600, 100_000], 'seconds').ticks).toEqual([0, 43_200, 86_400, 129_600]);
    expect(measuredScale([], 'percent')).toEqual({ low: 0, high: 1, ticks: [0, 1] });
  });
});
