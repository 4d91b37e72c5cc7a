import { Text } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { QualityRule } from '@/api';
import { useFormat } from '@/lib/format';
import { plain, unseen, useAmounts } from './amounts';
import classes from './quality.module.css';
import { measuredScale, scaleOf } from './scale';

/** Until it is known how wide the chart is drawn. */
const usual = 960;
const height = 170;
const left = 52;
const right = 16;
/** Room for half a bar at both ends. */
const inset = 16;
const top = 12;
const bottom = 26;

/**
 * The share of rows that keep a rule, from run to run, over how many rows there were; of a rule about the whole table what
 * was measured, over what was expected.
 */
export function TrendChart({ rule }: { rule: QualityRule }) {
  const { t } = useTranslation('quality');
  const format = useFormat();
  const { ref, width: drawn } = useElementSize();
  // As many units as pixels, so that its texts are of the same size however wide it is.
  const width = drawn || usual;
  const [at, setAt] = useState<number>();
  const { points } = rule;
  const { amount, expected: written } = useAmounts();
  const { unit } = rule;
  /** What is drawn of a run; nothing where there were no rows, or nothing to measure. */
  const values = points.map((point) =>
    unit ? point.measured : unseen(rule, point) ? undefined : point.share,
  );
  const known = values.filter((value) => typeof value === 'number');
  const bounds = points.flatMap(({ min, max }) => [min, max]).filter((v) => typeof v === 'number');
  const scale = unit ? measuredScale([...known, ...bounds], unit) : scaleOf(known);
  const most = Math.max(1, ...points.map((point) => point.rows));
  const room = width - left - right - 2 * inset;
  const step = points.length > 1 ? room / (points.length - 1) : 0;
  const x = (i: number) =>
    points.length > 1 ? left + inset + i * step : (left + width - right) / 2;
  const y = (value: number) =>
    top + ((scale.high - value) / (scale.high - scale.low)) * (height - top - bottom);
  const bar = Math.min(22, Math.max(2, (step || 40) * 0.55));
  const shown = points[at ?? points.length - 1];
  const base = height - bottom;
  if (!shown) return null;
  const pieces = piecesOf(values).map((piece) =>
    piece.map(({ at, value }) => ({ x: x(at), y: y(value) })),
  );
  const expected = unit ? written(shown, unit) : '';
  const found = unit
    ? [amount(shown.measured, unit), expected && t('expected', { expected })].filter(Boolean)
    : unseen(rule, shown)
      ? [t('no_rows')]
      : [
          t('keeps', { share: format.number(shown.share, 2) }),
          t('broken', {
            count: shown.rows,
            broken: format.number(shown.broken),
            rows: format.number(shown.rows),
          }),
        ];
  return (
    <figure ref={ref} className={classes.chart} data-testid="trend-chart">
      <figcaption className={classes.caption}>
        <Text fz={12.5} className="tabular">
          {[format.dateTime(shown.at), ...found].join(' · ')}
        </Text>
        <Text fz={12} c="var(--app-muted)">
          {t(unit ? 'legend_measured' : 'legend')}
        </Text>
      </figcaption>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        className={classes.plot}
        onMouseLeave={() => setAt(undefined)}
      >
        <title>{t(unit ? 'chart_measured' : 'chart', { rule: rule.name })}</title>
        {unit &&
          points.map((point, i) => {
            if (typeof point.min !== 'number' && typeof point.max !== 'number') return null;
            const from = typeof point.max === 'number' ? y(point.max) : top;
            const to = typeof point.min === 'number' ? y(point.min) : base;
            const half = points.length > 1 ? step / 2 : room;
            const start = Math.max(left, x(i) - half);
            return (
              <rect
                key={point.run_id}
                className={classes.expected}
                x={start}
                width={Math.min(width - right, x(i) + half) - start}
                y={from}
                height={Math.max(to - from, 1)}
              />
            );
          })}
        {scale.ticks.map((tick) => (
          <g key={tick} className={classes.grid}>
            <line x1={left} x2={width - right} y1={y(tick)} y2={y(tick)} />
            <text x={left - 8} y={y(tick) + 4} textAnchor="end">
              {plain(format, tick, unit ?? 'percent')}
            </text>
          </g>
        ))}
        {!unit &&
          pieces.map((piece) => {
            const last = piece[piece.length - 1];
            return (
              piece.length > 1 && (
                <path
                  key={piece[0]?.x}
                  className={classes.area}
                  d={`${lineOf(piece)}L${last?.x} ${base}L${piece[0]?.x} ${base}Z`}
                />
              )
            );
          })}
        {!unit &&
          points.map((point, i) => (
            <rect
              key={point.run_id}
              className={classes.rows}
              x={x(i) - bar / 2}
              width={bar}
              y={base - (point.rows / most) * (base - top) * 0.45}
              height={(point.rows / most) * (base - top) * 0.45}
            />
          ))}
        {pieces.map((piece) => (
          <path key={piece[0]?.x} className={classes.line} d={lineOf(piece)} />
        ))}
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
              data-status={typeof values[i] === 'number' ? point.status : 'none'}
              data-at={at === i || undefined}
              cx={x(i)}
              cy={y(values[i] ?? scale.low)}
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

const lineOf = (piece: { x: number; y: number }[]) =>
  piece.map((at, i) => `${i ? 'L' : 'M'}${at.x} ${at.y}`).join('');

/** The runs of values without a gap. */
function piecesOf(values: (number | undefined)[]): { at: number; value: number }[][] {
  const pieces: { at: number; value: number }[][] = [];
  values.forEach((value, at) => {
    if (value === undefined) return;
    if (at === 0 || values[at - 1] === undefined) pieces.push([]);
    pieces[pieces.length - 1]?.push({ at, value });
  });
  return pieces;
}
