import { ActionIcon, Button } from '@mantine/core';
import { modals } from '@mantine/modals';
import {
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerStop,
  IconTrash,
} from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import {
  cancelRun,
  deleteRun,
  isFinal,
  keys,
  pauseRun,
  type Run,
  type RunGraph,
  resumeRun,
} from '@/api';
import { useCan } from '@/auth/session';
import { notifyError, notifySuccess } from '@/ui/notify';
import { AgainMenu } from './AgainMenu';

interface Props {
  run: Run;
  document?: RunGraph['document'];
  /** Path of the step that is shown. */
  step?: string;
}

/** What can be done with a run: hold it, stop it, do it again, forget it. */
export function RunActions({ run, document, step }: Props) {
  const { t } = useTranslation('runs');
  const final = isFinal(run.status);
  const mayRun = useCan('flow.run');
  const mayCancel = useCan('run.cancel');
  const mayDelete = useCan('run.delete');
  return (
    <>
      {!final && mayCancel && <Holding run={run} />}
      {run.flow_id && (
        <Button
          component={Link}
          to={`/flows/${run.flow_id}`}
          variant="default"
          leftSection={<IconPencil size={16} />}
        >
          {t('detail.openFlow')}
        </Button>
      )}
      {final && mayDelete && <Deleting run={run} />}
      {run.flow_id && mayRun && <AgainMenu run={run} document={document} step={step} />}
    </>
  );
}

function Holding({ run }: { run: Run }) {
  const { t } = useTranslation('runs');
  const client = useQueryClient();
  const options = {
    onSuccess: (next: Run) => {
      client.setQueryData(keys.run(run.id), next);
      return client.invalidateQueries({ queryKey: keys.runs });
    },
    onError: (error: Error) => notifyError(error),
  };
  const paused = Boolean(run.paused_by);
  const hold = useMutation({
    mutationFn: () => (paused ? resumeRun(run.id) : pauseRun(run.id)),
    ...options,
  });
  const stop = useMutation({ mutationFn: () => cancelRun(run.id), ...options });
  const confirmStop = () =>
    modals.openConfirmModal({
      title: t('cancel.title'),
      children: t('cancel.text'),
      labels: { confirm: t('cancel.confirm'), cancel: t('cancel.keep') },
      confirmProps: { color: 'red' },
      onConfirm: () => stop.mutate(),
    });
  return (
    <>
      <Button
        variant="default"
        leftSection={paused ? <IconPlayerPlay size={16} /> : <IconPlayerPause size={16} />}
        loading={hold.isPending}
        onClick={() => hold.mutate()}
        data-testid="run-pause"
      >
        {t(paused ? 'hold.resume' : 'hold.pause')}
      </Button>
      <Button
        variant="light"
        color="red"
        leftSection={<IconPlayerStop size={16} />}
        loading={stop.isPending}
        onClick={confirmStop}
        data-testid="run-cancel"
      >
        {t('cancel.open')}
      </Button>
    </>
  );
}

function Deleting({ run }: { run: Run }) {
  const { t } = useTranslation('runs');
  const client = useQueryClient();
  const navigate = useNavigate();
  const removal = useMutation({
    mutationFn: () => deleteRun(run.id),
    onSuccess: async () => {
      notifySuccess(t('delete.done'));
      await navigate({ to: '/runs' });
      await client.invalidateQueries({ queryKey: keys.runs });
    },
    onError: (error) => notifyError(error),
  });
  const ask = () =>
    modals.openConfirmModal({
      title: t('delete.title'),
      children: t('delete.text'),
      labels: { confirm: t('delete.confirm'), cancel: t('common:action.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () => removal.mutate(),
    });
  return (
    <ActionIcon
      size={36}
      variant="default"
      aria-label={t('delete.open')}
      title={t('delete.open')}
      loading={removal.isPending}
      onClick={ask}
      data-testid="run-delete"
    >
      <IconTrash size={17} />
    </ActionIcon>
  );
}
