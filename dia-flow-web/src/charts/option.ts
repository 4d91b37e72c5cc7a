import type { EChartsCoreOption } from 'echarts/core';
import { aligned, type Chart, categories, label } from './chart';
import type { ChartTheme } from './theme';

/** Longer category labels are cut on the axis; the tooltip shows them whole. */
const LABEL_WIDTH = 120;

export interface Texts {
  number: (value: number) => string;
}

export function chartOption(chart: Chart, theme: ChartTheme, texts: Texts): EChartsCoreOption {
  const base: EChartsCoreOption = {
    color: theme.palette,
    backgroundColor: 'transparent',
    animationDuration: 250,
    textStyle: { color: theme.text, fontFamily: theme.font },
    ...(chart.title ? { title: title(chart.title, theme) } : {}),
    ...(chart.series.length > 1 ? { legend: legend(chart, theme) } : {}),
  };
  switch (chart.type) {
    case 'pie':
      return { ...base, ...pie(chart, theme, texts) };
    case 'histogram':
      return { ...base, ...histogram(chart, theme, texts) };
    default:
      return { ...base, ...cartesian(chart, theme, texts) };
  }
}

function title(text: string, theme: ChartTheme) {
  return {
    text,
    left: 8,
    top: 4,
    textStyle: { color: theme.text, fontSize: 14, fontWeight: 600 },
  };
}

function legend(chart: Chart, theme: ChartTheme) {
  return {
    type: 'scroll',
    top: chart.title ? 30 : 6,
    left: 8,
    right: 48,
    icon: 'roundRect',
    itemWidth: 10,
    itemHeight: 10,
    textStyle: { color: theme.muted },
    pageTextStyle: { color: theme.muted },
  };
}

function tooltip(theme: ChartTheme, texts: Texts, trigger: 'axis' | 'item') {
  return {
    trigger,
    confine: true,
    backgroundColor: theme.surface,
    borderColor: theme.line,
    textStyle: { color: theme.text, fontSize: 12 },
    axisPointer: { type: 'shadow', shadowStyle: { color: theme.line, opacity: 0.35 } },
    valueFormatter: (value: unknown) =>
      typeof value === 'number' ? texts.number(value) : label(value),
  };
}

function grid(chart: Chart) {
  const top = 16 + (chart.title ? 26 : 0) + (chart.series.length > 1 ? 24 : 0) + 14;
  return { left: 12, right: 20, top, bottom: 12, containLabel: true };
}

function amountAxis(chart: Chart, theme: ChartTheme, texts: Texts, scale = false) {
  const [only, ...more] = chart.y;
  return {
    type: 'value',
    name: more.length === 0 ? only?.name : '',
    nameTextStyle: { color: theme.muted, align: 'left' },
    axisLabel: { color: theme.muted, formatter: (value: number) => texts.number(value) },
    splitLine: { lineStyle: { color: theme.line } },
    scale,
  };
}

function categoryAxis(name: string, data: string[], theme: ChartTheme, rotate: boolean) {
  return {
    type: 'category',
    data,
    name,
    nameLocation: 'middle',
    nameGap: rotate ? 78 : 30,
    nameTextStyle: { color: theme.muted },
    axisLine: { lineStyle: { color: theme.line } },
    axisTick: { show: false },
    axisLabel: {
      color: theme.muted,
      hideOverlap: true,
      width: LABEL_WIDTH,
      overflow: 'truncate',
      rotate: rotate ? 35 : 0,
    },
  };
}

function cartesian(chart: Chart, theme: ChartTheme, texts: Texts): EChartsCoreOption {
  const scatter = chart.type === 'scatter';
  const bars = chart.type === 'bar';
  const scale = chart.x.scale ?? 'category';
  const byName = bars || scale === 'category';
  const names = byName ? categories(chart) : [];
  const rotate = names.length > 8 && names.some((name) => name.length > 6);
  const xAxis = byName
    ? categoryAxis(chart.x.name, names, theme, rotate)
    : {
        type: scale,
        name: chart.x.name,
        nameLocation: 'middle',
        nameGap: 30,
        nameTextStyle: { color: theme.muted },
        axisLine: { lineStyle: { color: theme.line } },
        axisLabel: {
          color: theme.muted,
          hideOverlap: true,
          ...(scale === 'value' ? { formatter: (v: number) => texts.number(v) } : {}),
        },
        splitLine: { show: false },
        scale: true,
      };
  return {
    grid: { ...grid(chart), bottom: rotate ? 26 : 30 },
    tooltip: tooltip(theme, texts, scatter ? 'item' : 'axis'),
    xAxis,
    yAxis: amountAxis(chart, theme, texts, scatter),
    series: chart.series.map((series) => ({
      name: series.name,
      data:
        byName && !scatter ? aligned(series, names) : series.data.map(([x, y]) => [x ?? null, y]),
      ...shape(chart.type, series.data.length),
    })),
  };
}

function shape(type: string, points: number) {
  switch (type) {
    case 'bar':
      return { type: 'bar', barMaxWidth: 44, itemStyle: { borderRadius: [4, 4, 0, 0] } };
    case 'scatter':
      return { type: 'scatter', symbolSize: 7, itemStyle: { opacity: 0.7 } };
    default:
      return {
        type: 'line',
        symbolSize: 5,
        showSymbol: points < 60,
        lineStyle: { width: 2 },
        ...(type === 'area' ? { areaStyle: { opacity: 0.2 } } : {}),
      };
  }
}

function pie(chart: Chart, theme: ChartTheme, texts: Texts): EChartsCoreOption {
  return {
    tooltip: tooltip(theme, texts, 'item'),
    series: [
      {
        type: 'pie',
        name: chart.y[0]?.name,
        radius: ['44%', '72%'],
        center: ['50%', '54%'],
        itemStyle: { borderColor: theme.surface, borderWidth: 2 },
        label: { color: theme.text, formatter: '{b}  {d}%' },
        labelLine: { lineStyle: { color: theme.line } },
        data: (chart.series[0]?.data ?? []).map(([x, y]) => ({ name: label(x), value: y })),
      },
    ],
  };
}

function histogram(chart: Chart, theme: ChartTheme, texts: Texts): EChartsCoreOption {
  const bins = chart.series[0]?.data ?? [];
  const end = (value: unknown) => (typeof value === 'number' ? texts.number(value) : label(value));
  const names = bins.map(([from, to]) => `${end(from)} – ${end(to)}`);
  return {
    grid: { ...grid(chart), bottom: 30 },
    tooltip: tooltip(theme, texts, 'axis'),
    xAxis: categoryAxis(chart.x.name, names, theme, names.length > 10),
    yAxis: amountAxis(chart, theme, texts),
    series: chart.series.map((series) => ({
      type: 'bar',
      name: series.name,
      barCategoryGap: '3%',
      itemStyle: { borderRadius: [2, 2, 0, 0] },
      data: series.data.map(([, , count]) => count),
    })),
  };
}
