import { describe, expect, it } from 'vitest';
import { aligned, type Chart, categories, readChart } from './chart';
import { chartOption } from './option';
import { chartTheme } from './theme';

const bars: Chart = {
  type: 'bar',
  title: 'Sales',
  x: { name: 'city', type: 'VARCHAR', scale: 'category' },
  y: [{ name: 'sum amount', scale: 'value' }],
  series: [
    {
      name: 'a',
      y: 0,
      data: [
        ['Leiden', 5],
        [null, 1],
      ],
    },
    { name: 'b', y: 0, data: [['Utrecht', 3]] },
  ],
};
const texts = { number: String };

describe('charts', () => {
  it('refuses what is no chart', () => {
    expect(readChart({ type: 'bar' })).toBeUndefined();
    expect(readChart(null)).toBeUndefined();
    expect(readChart(bars)).toBe(bars);
  });

  it('aligns the series by category', () => {
    const names = categories(bars);
    expect(names).toEqual(['Leiden', '—', 'Utrecht']);
    expect(bars.series.map((series) => aligned(series, names))).toEqual([
      [5, 1, null],
      [null, null, 3],
    ]);
  });

  it('draws bars by category in both themes', () => {
    for (const scheme of ['light', 'dark'] as const) {
      const option = chartOption(bars, chartTheme(scheme), texts) as {
        xAxis: { type: string; data: string[] };
        series: { type: string }[];
        legend?: unknown;
      };
      expect(option.xAxis).toMatchObject({ type: 'category', data: ['Leiden', '—', 'Utrecht'] });
      expect(option.series.map((s) => s.type)).toEqual(['bar', 'bar']);
      expect(option.legend).toBeDefined();
    }
  });

  it('keeps numbers and times of X on their own scale in lines', () => {
    const option = chartOption(
      {
        type: 'line',
        x: { name: 'day', scale: 'time' },
        y: [{ name: 'count' }],
        series: [{ name: 'count', data: [['2024-01-01', 2]] }],
      },
      chartTheme('light'),
      texts,
    ) as { xAxis: { type: string }; series: { data: unknown[] }[] };
    expect(option.xAxis.type).toBe('time');
    expect(option.series[0]?.data).toEqual([['2024-01-01', 2]]);
  });

  it('labels the bins of a histogram and the slices of a pie', () => {
    const axis = { name: 'n', scale: 'value' as const };
    const histogram = chartOption(
      { type: 'histogram', x: axis, y: [axis], series: [{ name: 'count', data: [[0, 2, 7]] }] },
      chartTheme('light'),
      texts,
    ) as { xAxis: { data: string[] }; series: { data: unknown[] }[] };
    expect(histogram.xAxis.data).toEqual(['0 – 2']);
    expect(histogram.series[0]?.data).toEqual([7]);
    const pie = chartOption(
      { type: 'pie', x: axis, y: [axis], series: [{ name: 'n', data: [['b', 9]] }] },
      chartTheme('light'),
      texts,
    ) as { series: { data: unknown[] }[] };
    expect(pie.series[0]?.data).toEqual([{ name: 'b', value: 9 }]);
  });
});
