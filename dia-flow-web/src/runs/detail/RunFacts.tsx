import { Alert, Text } from '@mantine/core';
import { IconInfoCircle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { isFinal, type Run, type StreamState } from '@/api';
import { useFormat } from '@/lib/format';
import { Duration, TimeAgo } from '@/ui/Time';
import { StepCount } from '../StepCount';
import classes from './detail.module.css';

/** What started the run, when, and how long it took. */
export function RunFacts({ run, stream }: { run: Run; stream: StreamState }) {
  const { t } = useTranslation('runs');
  const format = useFormat();
  const active = !isFinal(run.status);
  return (
    <>
      <dl className={classes.facts}>
        <Fact name={t('column.started')}>
          <TimeAgo value={run.started_at ?? run.created_at} />
          <span className={classes.muted}>
            {' '}
            · {format.dateTime(run.started_at ?? run.created_at)}
          </span>
        </Fact>
        <Fact name={t('column.duration')}>
          <Duration from={run.started_at} to={run.ended_at} live={active} />
        </Fact>
        <Fact name={t('column.steps')}>
          <StepCount run={run} className={classes.muted} />
        </Fact>
        <Fact name={t('detail.version')}>
          {run.flow_version ? `v${run.flow_version}` : t('draft')}
        </Fact>
        <Fact name={t('column.trigger')}>
          {t(`trigger.${run.trigger.type}`, { defaultValue: run.trigger.type })}
          <span className={classes.muted}> · {run.by}</span>
        </Fact>
        {active && (
          <Fact name={t('live.label')}>
            {t(stream === 'open' ? 'live.following' : 'live.connecting')}
          </Fact>
        )}
      </dl>
      {Boolean(run.recovered) && (
        <Alert variant="light" color="blue" icon={<IconInfoCircle size={18} />} mb="sm" py={8}>
          <Text size="sm">{t('detail.recovered', { count: run.recovered })}</Text>
        </Alert>
      )}
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
