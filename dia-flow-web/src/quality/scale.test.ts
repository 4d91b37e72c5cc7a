import { describe, expect, it } from 'vitest';
import { scaleOf } from './scale';

describe('the axis of a trend', () => {
  it('goes from a round number below the least to 100', () => {
    expect(scaleOf([99.8, 99.4])).toEqual({ low: 99, high: 100, ticks: [99, 99.5, 100] });
    expect(scaleOf([100, 83])).toEqual({ low: 80, high: 100, ticks: [80, 90, 100] });
    expect(scaleOf([0])).toEqual({ low: 0, high: 100, ticks: [0, 50, 100] });
    expect(scaleOf([])).toEqual({ low: 99, high: 100, ticks: [99, 99.5, 100] });
  });
});
