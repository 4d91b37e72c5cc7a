import { ActionIcon, Button, Group, Menu } from '@mantine/core';
import { modals } from '@mantine/modals';
import {
  IconAdjustments,
  IconChevronDown,
  IconPencil,
  IconPlayerStop,
  IconRefresh,
} from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { cancelRun, isFinal, keys, type Run, type RunGraph, startRun } from '@/api';
import { useCan } from '@/auth/session';
import { notifyError } from '@/ui/notify';
import { ParamsModal } from '../params/ParamsModal';

export function RunActions({ run, document }: { run: Run; document?: RunGraph['document'] }) {
  const { t } = useTranslation('runs');
  const client = useQueryClient();
  const navigate = useNavigate();
  const mayRun = useCan('flow.run');
  const mayCancel = useCan('run.cancel');
  const [asking, setAsking] = useState(false);

  const again = useMutation({
    mutationFn: (params: Record<string, unknown>) =>
      startRun(run.flow_id ?? '', {
        params,
        version: run.flow_version,
        key: crypto.randomUUID(),
      }),
    onSuccess: async (started) => {
      setAsking(false);
      void client.invalidateQueries({ queryKey: keys.runs });
      await navigate({ to: '/runs/$runId', params: { runId: started.id } });
    },
  });
  const stop = useMutation({
    mutationFn: () => cancelRun(run.id),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.run(run.id) }),
    onError: (error) => notifyError(error),
  });

  const params = (run.params ?? {}) as Record<string, unknown>;
  const runSame = () =>
    again.mutate(params, { onError: (error) => notifyError(error, t('again.failed')) });
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
      {!isFinal(run.status) && mayCancel && (
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
      )}
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
      {run.flow_id && mayRun && (
        <Group gap={1}>
          <Button
            leftSection={<IconRefresh size={16} />}
            loading={again.isPending}
            onClick={runSame}
            style={{ borderTopRightRadius: 0, borderBottomRightRadius: 0 }}
            data-testid="run-again"
          >
            {t('again.same')}
          </Button>
          <Menu>
            <Menu.Target>
              <ActionIcon
                variant="filled"
                color="indigo"
                size={36}
                aria-label={t('again.more')}
                style={{ borderTopLeftRadius: 0, borderBottomLeftRadius: 0 }}
                data-testid="run-again-more"
              >
                <IconChevronDown size={16} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item
                leftSection={<IconAdjustments size={16} />}
                onClick={() => setAsking(true)}
                disabled={!document}
              >
                {t('again.changed')}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </Group>
      )}
      {document && (
        <ParamsModal
          opened={asking}
          onClose={() => setAsking(false)}
          definitions={document.spec.params ?? {}}
          values={params}
          busy={again.isPending}
          error={again.error}
          onSubmit={(values) => again.mutate(values)}
        />
      )}
    </>
  );
}
