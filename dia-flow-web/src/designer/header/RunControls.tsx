import { Button, Text, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconPlayerPlayFilled, IconPlayerStopFilled } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ApiError } from '@/api/errors';
import { useNow } from '../canvas/useNow';
import { formatDuration } from '../format';
import { useController, useDesigner } from '../state/context';
import { isLive } from '../state/runState';
import classes from './header.module.css';
import { RunDialog } from './RunDialog';

// Shown in the button: a hint below or beside it would lie over other buttons.
const RUN_KEYS = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘ ↵' : 'Ctrl ↵';

export function RunControls() {
  const { t } = useTranslation('designer');
  const controller = useController();
  const { store } = controller;
  const live = useDesigner((s) => isLive(s.run));
  const empty = useDesigner((s) => s.history.document.spec.nodes.length === 0);
  const [asking, ask] = useDisclosure(false);
  const [busy, setBusy] = useState(false);

  const start = async (params: Record<string, unknown>): Promise<ApiError | undefined> => {
    setBusy(true);
    const error = await controller.run(params);
    setBusy(false);
    if (!error) ask.close();
    return error;
  };

  const report = (error: ApiError | undefined) => {
    if (!error) return;
    notifications.show({ color: 'red', title: t('run.refused'), message: error.message });
    if (store.getState().problems.length > 0) store.getState().showDrawer('problems');
  };

  const onRun = async () => {
    setBusy(true);
    // The newest analysis decides, not the one from before the last key.
    await controller.autosave.flush().catch(() => {});
    setBusy(false);
    const { problems, history, showDrawer, makeDue } = store.getState();
    makeDue(history.document.spec.nodes.map((node) => node.id));
    if (problems.some((p) => p.severity === 'error')) {
      showDrawer('problems');
      notifications.show({
        color: 'red',
        title: t('run.problems_title'),
        message: t('run.problems', {
          count: problems.filter((p) => p.severity === 'error').length,
        }),
      });
      return;
    }
    if (Object.keys(history.document.spec.params ?? {}).length > 0) ask.open();
    else report(await start({}));
  };

  const onCancel = async () => {
    const error = await controller.cancel();
    if (error) notifications.show({ color: 'red', message: error.message });
  };

  return (
    <>
      {live ? (
        <Button
          color="red"
          variant="light"
          className={classes.runButton}
          leftSection={<IconPlayerStopFilled size={15} />}
          onClick={() => void onCancel()}
          data-testid="cancel-button"
        >
          {t('run.cancel')}
        </Button>
      ) : (
        <Button
          className={classes.runButton}
          leftSection={<IconPlayerPlayFilled size={15} />}
          rightSection={
            <Text span fz={11} opacity={0.8} visibleFrom="md" aria-hidden>
              {RUN_KEYS}
            </Text>
          }
          aria-keyshortcuts="Control+Enter Meta+Enter"
          loading={busy}
          disabled={empty}
          onClick={() => void onRun()}
          data-testid="run-button"
        >
          {t('run.run')}
        </Button>
      )}
      <RunDialog opened={asking} onClose={ask.close} onRun={start} />
    </>
  );
}

/** How the shown run stands, and the way to its page. */
export function RunSummary() {
  const { t, i18n } = useTranslation('designer');
  const run = useDesigner((s) => s.run);
  const now = useNow(isLive(run));
  if (!run) return null;
  const end = run.ended_at ? Date.parse(run.ended_at) : now;
  const duration = Math.max(0, end - Date.parse(run.started_at ?? run.created_at));
  return (
    <Tooltip label={t('run.open')}>
      <Link
        to={'/runs/$runId' as string}
        params={{ runId: run.id } as never}
        className={classes.run}
        style={{ textDecoration: 'none', padding: '0 8px' }}
        data-testid="run-status"
        data-status={run.status}
      >
        <span
          style={{
            width: 8,
            height: 8,
            borderRadius: '50%',
            background: STATUS_DOT[run.status] ?? '#868d9b',
          }}
        />
        {t(`status.${run.status}`)} · {formatDuration(duration, i18n.language)}
      </Link>
    </Tooltip>
  );
}

const STATUS_DOT: Record<string, string> = {
  running: 'var(--mantine-color-blue-filled)',
  succeeded: '#2a8a55',
  failed: 'var(--mantine-color-red-filled)',
};
