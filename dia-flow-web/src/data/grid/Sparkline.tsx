import { useTranslation } from 'react-i18next';
import type { ColumnProfile } from '@/api';
import { useFormat } from '@/lib/format';
import classes from './grid.module.css';

const width = 44;
const height = 12;

/** The spread of a column's values in the space of a word, with the share that is empty below it. */
export function Sparkline({ profile, rows }: { profile: ColumnProfile; rows: number }) {
  const { t } = useTranslation('data');
  const format = useFormat();
  const buckets = profile.histogram?.length ? profile.histogram : (profile.top ?? []);
  const most = Math.max(1, ...buckets.map((bucket) => bucket.count));
  const step = width / Math.max(buckets.length, 1);
  const share = rows > 0 ? profile.nulls / rows : 0;
  const label = t('profile.short', {
    nulls: format.number(share * 100, 1),
    distinct: format.number(profile.distinct),
  });
  return (
    <svg width={width} height={height + 3} className={classes.spark} role="img" aria-label={label}>
      <title>{label}</title>
      {buckets.map((bucket, index) => {
        const tall = bucket.count > 0 ? Math.max(1, (bucket.count / most) * height) : 0;
        return (
          <rect
            key={bucket.label}
            x={index * step}
            y={height - tall}
            width={Math.max(step - 0.5, 0.5)}
            height={tall}
            className={classes.sparkBar}
          />
        );
      })}
      <rect x={0} y={height + 1} width={width} height={2} className={classes.sparkTrack} />
      <rect x={0} y={height + 1} width={width * share} height={2} className={classes.sparkEmpty} />
    </svg>
  );
}
