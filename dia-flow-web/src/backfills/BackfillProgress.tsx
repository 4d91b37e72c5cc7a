import { Alert, Button, Group, Progress, Skeleton, Stack, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { IconPlayerStop } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import {
  type Backfill,
  cancelBackfill,
  getBackfill,
  getRun,
  keys,
  listRuns,
  type Run,
} from '@/api';
import { useCan } from '@/auth/session';
import { useFormat } from '@/lib/format';
import { saidText } from '@/lib/problems';
import { shortId } from '@/runs/ids';
import { notifyError } from '@/ui/notify';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { StatusIcon } from '@/ui/StatusBadge';
import { Duration } from '@/ui/Time';
import classes from './backfills.module.css';

/** How many of its latest runs are named; the list of runs has all. */
const SHOWN = 25;
const EVERY = 1000;

/** How far a backfill is, with its latest runs. */
export function BackfillProgress({ id }: { id: string }) {
  const { t } = useTranslation('backfills');
  const backfill = useQuery({
    queryKey: keys.backfill(id),
    queryFn: ({ signal }) => getBackfill(id, signal),
    refetchInterval: ({ state }) => (state.data?.status === 'running' ? EVERY : false),
  });
  const running = backfill.data?.status === 'running';
  const ended = backfill.data?.ended;
  const runs = useQuery({
    queryKey: [...keys.runList({ backfill: id, limit: SHOWN }), ended],
    queryFn: ({ signal }) => listRuns({ backfill: id, limit: SHOWN }, signal),
    refetchInterval: running ? EVERY : false,
    placeholderData: (old) => old,
  });
  if (backfill.error) return <ProblemAlert error={backfill.error} />;
  if (!backfill.data) return <Skeleton h={160} />;
  return (
    <Stack gap="sm" data-testid="backfill-progress" data-status={backfill.data.status}>
      <Head backfill={backfill.data} />
      <BackfillBar backfill={backfill.data} />
      {backfill.data.reason && (
        <Alert color="red" data-testid="backfill-reason">
          {saidText(backfill.data.reason)}
        </Alert>
      )}
      <ul className={classes.runs} aria-label={t('runs')}>
        {(runs.data?.items ?? []).map((run) => (
          <RunLine key={run.id} run={run} />
        ))}
      </ul>
      <Link
        to="/runs"
        search={{ backfill: id }}
        className={classes.all}
        data-testid="backfill-runs"
      >
        {t('all_runs')}
      </Link>
    </Stack>
  );
}

function Head({ backfill }: { backfill: Backfill }) {
  const { t } = useTranslation('backfills');
  const format = useFormat();
  const client = useQueryClient();
  const mayCancel = useCan('run.cancel');
  const stop = useMutation({
    mutationFn: () => cancelBackfill(backfill.id),
    onSuccess: (next) => {
      client.setQueryData(keys.backfill(backfill.id), next);
      return client.invalidateQueries({ queryKey: keys.backfills });
    },
    onError: (error) => notifyError(error),
  });
  const ask = () =>
    modals.openConfirmModal({
      title: t('cancel.title'),
      children: t('cancel.text'),
      labels: { confirm: t('cancel.confirm'), cancel: t('cancel.keep') },
      confirmProps: { color: 'red' },
      onConfirm: () => stop.mutate(),
    });
  return (
    <Group justify="space-between">
      <Text fw={600}>
        {t(`status.${backfill.status}`)}
        {' · '}
        <span className="tabular" data-testid="backfill-done">
          {format.number(backfill.ended)} / {format.number(backfill.total)}
        </span>
      </Text>
      {backfill.status === 'running' && mayCancel && (
        <Button
          size="xs"
          color="red"
          variant="light"
          leftSection={<IconPlayerStop size={15} />}
          loading={stop.isPending}
          onClick={ask}
          data-testid="backfill-cancel"
        >
          {t('cancel.open')}
        </Button>
      )}
    </Group>
  );
}

/** One bar with a part for each outcome. */
export function BackfillBar({ backfill }: { backfill: Backfill }) {
  const { t } = useTranslation('backfills');
  const { runs, total } = backfill;
  const share = (count: number) => (total > 0 ? (count / total) * 100 : 0);
  const parts = [
    { status: 'succeeded', color: 'green.7', count: runs.succeeded },
    { status: 'failed', color: 'red.7', count: runs.failed },
    { status: 'canceled', color: 'gray.6', count: runs.canceled + runs.skipped },
    { status: 'running', color: 'blue.6', count: runs.running },
  ];
  const label = parts
    .filter((part) => part.count > 0)
    .map((part) => `${t(`common:status.${part.status}`)} ${part.count}`)
    .join(', ');
  return (
    <Progress.Root size={10} role="img" aria-label={label || t('none_yet')} title={label}>
      {parts.map((part) => (
        <Progress.Section
          key={part.status}
          value={share(part.count)}
          color={part.color}
          withAria={false}
        />
      ))}
    </Progress.Root>
  );
}

function RunLine({ run }: { run: Run }) {
  const { t } = useTranslation('common');
  // Lists leave parameters out; they never change.
  const whole = useQuery({
    queryKey: [...keys.run(run.id), 'params'],
    queryFn: ({ signal }) => getRun(run.id, signal),
    staleTime: Number.POSITIVE_INFINITY,
    enabled: run.params === undefined,
  });
  return (
    <li>
      <Link to="/runs/$runId" params={{ runId: run.id }} className={classes.run}>
        <StatusIcon status={run.status} size={15} label={t(`status.${run.status}`)} />
        <code>{shortId(run.id)}</code>
        <span className={classes.params}>{paramsText(run.params ?? whole.data?.params)}</span>
        <Duration from={run.started_at} to={run.ended_at} live={run.status === 'running'} />
      </Link>
    </li>
  );
}

function paramsText(params: unknown): string {
  if (params === null || typeof params !== 'object') return '';
  return Object.entries(params)
    .map(
      ([name, value]) => `${name} = ${typeof value === 'string' ? value : JSON.stringify(value)}`,
    )
    .join(', ');
}
