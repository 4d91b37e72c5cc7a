import { Group, Progress, Skeleton, Stack, Text, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type ColumnProfile, getProfile, keys } from '@/api';
import { type Format, useFormat } from '@/lib/format';
import { family } from './cells';
import classes from './grid.module.css';

/** What the column holds: empties, distinct values, range, and how the values spread. */
export function ColumnProfileView({ artifactId, column }: { artifactId: string; column: string }) {
  const { t } = useTranslation('data');
  const profile = useQuery({
    queryKey: keys.profile(artifactId),
    queryFn: ({ signal }) => getProfile(artifactId, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (profile.isPending) {
    return (
      <Stack gap={6} aria-busy="true">
        <Skeleton h={12} />
        <Skeleton h={48} />
      </Stack>
    );
  }
  const found = profile.data?.columns.find((each) => each.name === column);
  if (!found) {
    return (
      <Text size="xs" style={{ color: 'var(--app-muted)' }}>
        {t('profile.none')}
      </Text>
    );
  }
  return <ProfileBody profile={found} rows={profile.data?.rows ?? 0} />;
}

/** Values as they are written: numbers as everywhere here, times as they stand in the rows. */
function writing(profile: ColumnProfile, format: Format): (value: string) => string {
  if (family(profile.type) === 'number')
    return (value) => value.split(' – ').map(format.value).join(' – ');
  return (value) => value.replace(/^(\d{4}-\d\d-\d\d)T(?=\d\d:)/, '$1 ');
}

/** The same of a profile that is here already. */
export function ProfileBody({ profile, rows }: { profile: ColumnProfile; rows: number }) {
  const { t } = useTranslation('data');
  const format = useFormat();
  const written = writing(profile, format);
  const share = rows ? (profile.nulls / rows) * 100 : 0;
  const facts = [
    [t('profile.distinct'), format.number(profile.distinct)],
    profile.min !== undefined && [t('profile.min'), written(profile.min)],
    profile.max !== undefined && [t('profile.max'), written(profile.max)],
    profile.mean !== undefined && [t('profile.mean'), format.value(profile.mean)],
    profile.min_length !== undefined && [
      t('profile.length'),
      profile.min_length === profile.max_length
        ? format.number(profile.min_length)
        : `${format.number(profile.min_length)} – ${format.number(profile.max_length ?? 0)}`,
    ],
  ].filter((fact): fact is [string, string] => Array.isArray(fact));
  const buckets = profile.histogram?.length ? profile.histogram : [];
  const top = profile.top?.slice(0, 5) ?? [];
  const patterns = profile.patterns?.slice(0, 4) ?? [];
  const shaped = patterns.reduce((sum, pattern) => sum + pattern.count, 0);

  return (
    <Stack gap={8} data-testid="column-profile">
      <div>
        <Group justify="space-between" gap="xs">
          <Text size="xs">{t('profile.nulls')}</Text>
          <Text size="xs" className="tabular">
            {format.number(profile.nulls)} ({format.number(share, 1)}%)
          </Text>
        </Group>
        <Progress
          value={share}
          size={4}
          mt={3}
          color={share > 0 ? 'orange' : 'gray'}
          aria-label={t('profile.nulls')}
        />
      </div>
      <dl className={classes.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd title={value}>{value}</dd>
          </div>
        ))}
      </dl>
      {buckets.length > 0 && <Histogram buckets={buckets} written={written} />}
      {profile.quantiles && profile.quantiles.length > 0 && (
        <Quantiles quantiles={profile.quantiles} />
      )}
      {top.length > 0 && (
        <Stack gap={3}>
          <Text size="xs" c="var(--app-muted)">
            {t('profile.top')}
          </Text>
          {top.map((bucket) => (
            <TopValue
              key={bucket.label}
              label={written(bucket.label)}
              count={bucket.count}
              rows={rows}
            />
          ))}
        </Stack>
      )}
      {patterns.length > 0 && (
        <Stack gap={3} data-testid="profile-patterns">
          <Tooltip label={t('profile.patterns_help')} multiline maw={240}>
            <Text size="xs" c="var(--app-muted)">
              {t('profile.patterns')}
            </Text>
          </Tooltip>
          {patterns.map((bucket) => (
            <TopValue key={bucket.label} label={bucket.label} count={bucket.count} rows={shaped} />
          ))}
        </Stack>
      )}
    </Stack>
  );
}

/** From here on, five numbers beside each other have no room. */
const LONG = 10_000;

/** The numbers that shares of the values do not exceed. */
function Quantiles({ quantiles }: { quantiles: { share: number; value: number }[] }) {
  const { t } = useTranslation('data');
  const format = useFormat();
  return (
    <dl
      className={classes.quantiles}
      aria-label={t('profile.quantiles')}
      data-testid="profile-quantiles"
    >
      {quantiles.map(({ share, value }) => (
        <div key={share}>
          <dt>{share === 0.5 ? t('profile.median') : `${format.number(share * 100)}%`}</dt>
          <dd title={format.value(value)}>
            {Math.abs(value) < LONG ? format.value(value) : format.short(value)}
          </dd>
        </div>
      ))}
    </dl>
  );
}

interface HistogramProps {
  buckets: { label: string; count: number }[];
  written: (value: string) => string;
}

function Histogram({ buckets, written }: HistogramProps) {
  const format = useFormat();
  const highest = Math.max(1, ...buckets.map((bucket) => bucket.count));
  return (
    <div className={classes.histogram}>
      {buckets.map((bucket) => (
        <Tooltip
          key={bucket.label}
          label={`${written(bucket.label)}: ${format.number(bucket.count)}`}
          openDelay={0}
        >
          <span
            style={{ height: `${Math.max(bucket.count ? 4 : 0, (bucket.count / highest) * 100)}%` }}
          />
        </Tooltip>
      ))}
    </div>
  );
}

function TopValue({ label, count, rows }: { label: string; count: number; rows: number }) {
  const format = useFormat();
  const share = rows ? (count / rows) * 100 : 0;
  return (
    <div className={classes.top}>
      <span className={classes.topBar} style={{ width: `${Math.max(share, 1)}%` }} />
      <span className={classes.topLabel}>{label === '' ? '""' : label}</span>
      <span className={classes.topCount}>{format.number(count)}</span>
    </div>
  );
}
