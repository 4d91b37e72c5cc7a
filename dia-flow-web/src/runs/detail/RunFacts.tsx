import { Alert, Badge, Text, Tooltip } from '@mantine/core';
import {
  IconAlertTriangle,
  IconHourglass,
  IconInfoCircle,
  IconPlayerPause,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { isFinal, type Run, type StreamState } from '@/api';
import { useFormat } from '@/lib/format';
import { saidText } from '@/lib/problems';
import { Duration, TimeAgo } from '@/ui/Time';
import { StepCount } from '../StepCount';
import classes from './detail.module.css';
import { Fact, RunLink } from './parts';
import { Relations } from './Relations';

/** What started the run, when, how long it took, what it belongs to and why it waits. */
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
          {run.late && (
            <Tooltip label={t('late.help')}>
              <Badge ml={6} size="xs" color="orange" variant="light" tt="none">
                {t('late.mark')}
              </Badge>
            </Tooltip>
          )}
        </Fact>
        <Fact name={t('column.steps')}>
          <StepCount run={run} className={classes.muted} />
        </Fact>
        <Fact name={t('detail.version')}>
          {run.flow_version ? `v${run.flow_version}` : t('draft')}
          {run.test && <span className={classes.muted}> · {t('detail.test')}</span>}
        </Fact>
        <Fact name={t('column.trigger')}>
          {t(`trigger.${run.trigger.type}`, { defaultValue: run.trigger.type })}
          <span className={classes.muted}> · {run.by}</span>
        </Fact>
        {Boolean(run.priority) && <Fact name={t('detail.priority')}>{run.priority}</Fact>}
        {run.retry_of && (
          <Fact name={t('detail.retryOf')}>
            <RunLink id={run.retry_of} testId="retry-of" />
          </Fact>
        )}
        {run.parent && (
          <Fact name={t('detail.parent')}>
            <RunLink id={run.parent.run_id} node={run.parent.step} testId="parent-run" />
            {run.parent.step && <span className={classes.muted}> · {run.parent.step}</span>}
          </Fact>
        )}
        <Relations run={run} />
        {active && (
          <Fact name={t('live.label')}>
            {t(stream === 'open' ? 'live.following' : 'live.connecting')}
          </Fact>
        )}
      </dl>
      <Notices run={run} active={active} />
    </>
  );
}

function Notices({ run, active }: { run: Run; active: boolean }) {
  const { t } = useTranslation('runs');
  return (
    <>
      {active && (run.why || run.paused_by) && (
        <Alert
          variant="light"
          color="orange"
          icon={run.paused_by ? <IconPlayerPause size={18} /> : <IconHourglass size={18} />}
          mb="sm"
          py={8}
          data-testid="run-why"
        >
          <Text size="sm">
            {run.why ? saidText(run.why) : t('detail.pausedBy', { name: run.paused_by })}
          </Text>
        </Alert>
      )}
      {run.held?.map((held) => (
        <Alert
          key={held.step}
          variant="light"
          color="orange"
          icon={<IconAlertTriangle size={18} />}
          mb="sm"
          py={8}
          data-testid="run-held"
        >
          <Text size="sm">{t('detail.held', { step: held.step, failed: held.failed })}</Text>
        </Alert>
      ))}
      {Boolean(run.recovered) && (
        <Alert variant="light" color="blue" icon={<IconInfoCircle size={18} />} mb="sm" py={8}>
          <Text size="sm">{t('detail.recovered', { count: run.recovered })}</Text>
        </Alert>
      )}
    </>
  );
}
