import { ActionIcon, Alert, Tooltip, useComputedColorScheme } from '@mantine/core';
import { IconPhotoDown } from '@tabler/icons-react';
import { useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/lib/format';
import { readChart } from './chart';
import classes from './charts.module.css';
import { type EChartsType, init } from './echarts';
import { chartOption } from './option';
import { chartTheme } from './theme';

/** Draws what a chart node gave. Fills its parent, which needs a height. */
export function Chart({ spec }: { spec: unknown }) {
  const { t } = useTranslation('designer');
  const format = useFormat();
  const scheme = useComputedColorScheme('light');
  const host = useRef<HTMLDivElement>(null);
  const drawn = useRef<EChartsType | null>(null);
  const chart = useMemo(() => readChart(spec), [spec]);

  useEffect(() => {
    if (!host.current) return;
    const instance = init(host.current, undefined, { renderer: 'canvas' });
    drawn.current = instance;
    const observer = new ResizeObserver(() => instance.resize());
    observer.observe(host.current);
    return () => {
      observer.disconnect();
      instance.dispose();
      drawn.current = null;
    };
  }, []);

  useEffect(() => {
    if (!chart) return;
    const option = chartOption(chart, chartTheme(scheme), { number: format.number });
    drawn.current?.setOption(option, { notMerge: true });
  }, [chart, scheme, format]);

  const save = () => {
    const url = drawn.current?.getDataURL({
      type: 'png',
      pixelRatio: 2,
      backgroundColor: chartTheme(scheme).surface,
    });
    if (!url) return;
    const link = document.createElement('a');
    link.href = url;
    link.download = `${chart?.title || 'chart'}.png`;
    link.click();
  };

  if (!chart) return <Alert color="red">{t('chart.bad')}</Alert>;
  return (
    <div className={classes.frame}>
      <Tooltip label={t('chart.save')}>
        <ActionIcon className={classes.save} onClick={save} aria-label={t('chart.save')}>
          <IconPhotoDown size={18} stroke={1.7} />
        </ActionIcon>
      </Tooltip>
      <div className={classes.area}>
        <div
          ref={host}
          className={classes.chart}
          role="img"
          aria-label={t('chart.described', {
            title: chart.title ?? `${chart.y.map((y) => y.name).join(', ')} / ${chart.x.name}`,
            count: chart.series.length,
          })}
        />
      </div>
      {chart.cut && (
        <div className={classes.cut}>
          {t('chart.cut', {
            shown: format.number(chart.cut.shown),
            total: format.number(chart.cut.total),
            what: t(`chart.what.${chart.cut.what}`, { defaultValue: chart.cut.what }),
          })}
        </div>
      )}
    </div>
  );
}
