import { ActionIcon, Button, Group, Menu } from '@mantine/core';
import {
  IconAdjustments,
  IconChevronDown,
  IconPlayerTrackNext,
  IconRefresh,
  IconRefreshAlert,
} from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  isFinal,
  keys,
  type RetryOptions,
  type Run,
  type RunGraph,
  retryRun,
  startRun,
} from '@/api';
import { nodeOfPath } from '@/flow-core';
import { notifyError } from '@/ui/notify';
import { ParamsModal } from '../params/ParamsModal';

interface Props {
  run: Run;
  document?: RunGraph['document'];
  step?: string;
}

/** Doing a run again: all of it, what failed, from one step on, or with other parameters. */
export function AgainMenu({ run, document, step }: Props) {
  const { t } = useTranslation('runs');
  const client = useQueryClient();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const final = isFinal(run.status);
  const retryable = run.status === 'failed' || run.status === 'canceled';
  const params = (run.params ?? {}) as Record<string, unknown>;

  const onSuccess = async (started: Run) => {
    setAsking(false);
    void client.invalidateQueries({ queryKey: keys.runs });
    await navigate({ to: '/runs/$runId', params: { runId: started.id } });
  };
  const again = useMutation({
    mutationFn: (values: Record<string, unknown>) =>
      final
        ? retryRun(run.id, { from: 'start', params: values })
        : startRun(run.flow_id ?? '', {
            params: values,
            version: run.flow_version,
            key: crypto.randomUUID(),
          }),
    onSuccess,
  });
  const retry = useMutation({
    mutationFn: (options: RetryOptions) => retryRun(run.id, options),
    onSuccess,
    onError: (error) => notifyError(error, t('again.failed')),
  });
  const busy = again.isPending || retry.isPending;
  const runSame = () =>
    again.mutate(params, { onError: (error) => notifyError(error, t('again.failed')) });

  return (
    <>
      <Group gap={1} wrap="nowrap">
        <Button
          leftSection={retryable ? <IconRefreshAlert size={16} /> : <IconRefresh size={16} />}
          loading={busy}
          onClick={() => (retryable ? retry.mutate({ from: 'failed' }) : runSame())}
          style={{ borderTopRightRadius: 0, borderBottomRightRadius: 0 }}
          data-testid={retryable ? 'run-retry-failed' : 'run-again'}
        >
          {t(retryable ? 'again.retry' : 'again.same')}
        </Button>
        <Menu width={280}>
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
            {retryable && (
              <Menu.Item
                leftSection={<IconRefresh size={16} />}
                onClick={runSame}
                data-testid="run-again"
              >
                {t('again.start')}
              </Menu.Item>
            )}
            {final && (
              <Menu.Item
                leftSection={<IconPlayerTrackNext size={16} />}
                disabled={!step}
                onClick={() => step && retry.mutate({ from: 'step', step })}
                data-testid="run-from-step"
              >
                {step ? t('again.step', { step: nodeOfPath(step) }) : t('again.chooseStep')}
              </Menu.Item>
            )}
            <Menu.Item
              leftSection={<IconAdjustments size={16} />}
              onClick={() => setAsking(true)}
              disabled={!document}
              data-testid="run-changed"
            >
              {t('again.changed')}
            </Menu.Item>
            {final && (
              <>
                <Menu.Divider />
                <Menu.Item
                  leftSection={<IconRefreshAlert size={16} />}
                  onClick={() => retry.mutate({ from: 'failed', draft: true })}
                  data-testid="run-retry-draft"
                >
                  {t('again.draft')}
                </Menu.Item>
              </>
            )}
          </Menu.Dropdown>
        </Menu>
      </Group>
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
