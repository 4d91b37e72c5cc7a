import { Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { QualityRule } from '@/api';
import { useFormat } from '@/lib/format';
import classes from './quality.module.css';
import { scaleOf } from './scale';

const width = 960;
const height = 170;
const left = 52;
const right = 16;
/** Room for half a bar at both ends. */
const inset = 16;
const top = 12;
const bottom = 26;

/** The share of rows that keep a rule, from run to run, over how many rows there were. */
export function TrendChart({ rule }: { rule: QualityRule }) {
  const { t } = useTranslation('quality');
  const format = useFormat();
  const [at, setAt] = useState<number>();
  const { points } = rule;
  const scale = scaleOf(points.map((point) => point.share));
  const most = Math.max(1, ...points.map((point) => point.rows));
  const room = width - left - right - 2 * inset;
  const step = points.length > 1 ? room / (points.length - 1) : 0;
  const x = (i: number) =>
    points.length > 1 ? left + inset + i * step : (left + width - right) / 2;
  const y = (share: number) =>
    top + ((scale.high - share) / (scale.high - scale.low)) * (height - top - bottom);
  const bar = Math.min(22, Math.max(2, (step || 40) * 0.55));
  const shown = points[at ?? points.length - 1];
  const line = points.map((point, i) => `${i ? 'L' : 'M'}${x(i)} ${y(point.share)}`).join('');
  const base = height - bottom;
  if (!shown) return null;
  return (
    <figure className={classes.chart} data-testid="trend-chart">
      <figcaption className={classes.caption}>
        <Text fz={12.5} className="tabular">
          {format.dateTime(shown.at)} · {t('keeps', { share: format.number(shown.share, 2) })} ·{' '}
          {t('broken', { broken: format.number(shown.broken), rows: format.number(shown.rows) })}
        </Text>
        <Text fz={12} c="var(--app-muted)">
          {t('legend')}
        </Text>
      </figcaption>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        className={classes.plot}
        onMouseLeave={() => setAt(undefined)}
      >
        <title>{t('chart', { rule: rule.name })}</title>
        {scale.ticks.map((tick) => (
          <g key={tick} className={classes.grid}>
            <line x1={left} x2={width - right} y1={y(tick)} y2={y(tick)} />
            <text x={left - 8} y={y(tick) + 4} textAnchor="end">
              {format.number(tick, 2)}%
            </text>
          </g>
        ))}
        {points.map((point, i) => (
          <rect
            key={point.run_id}
            className={classes.rows}
            x={x(i) - bar / 2}
            width={bar}
            y={base - (point.rows / most) * (base - top) * 0.45}
            height={(point.rows / most) * (base - top) * 0.45}
          />
        ))}
        {points.length > 1 && (
          <path
            className={classes.area}
            d={`${line}L${x(points.length - 1)} ${base}L${x(0)} ${base}Z`}
          />
        )}
        <path className={classes.line} d={line} />
        {points.map((point, i) => (
          <Link
            key={point.run_id}
            to={`/runs/${point.run_id}` as string}
            search={{ node: rule.node } as never}
            aria-label={t('to_run', {
              at: format.dateTime(point.at),
              status: t(`point.${point.status}`),
            })}
            onMouseEnter={() => setAt(i)}
            onFocus={() => setAt(i)}
          >
            <rect
              className={classes.target}
              x={x(i) - Math.max(step, 24) / 2}
              y={0}
              width={Math.max(step, 24)}
              height={height}
            />
            <circle
              className={classes.point}
              data-status={point.status}
              data-at={at === i || undefined}
              cx={x(i)}
              cy={y(point.share)}
              r={points.length > 60 ? 2.5 : 4}
            />
          </Link>
        ))}
        {[0, points.length - 1]
          .filter((i, n, all) => all.indexOf(i) === n)
          .map((i) => (
            <text
              key={i}
              className={classes.when}
              x={x(i)}
              y={height - 8}
              textAnchor={points.length === 1 ? 'middle' : i === 0 ? 'start' : 'end'}
            >
              {format.dateTime(points[i]?.at ?? '')}
            </text>
          ))}
      </svg>
    </figure>
  );
}
