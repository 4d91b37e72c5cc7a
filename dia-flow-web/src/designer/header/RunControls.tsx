import { ActionIcon, Button, Text, Tooltip } from '@mantine/core';
import {
  IconPlayerPauseFilled,
  IconPlayerPlayFilled,
  IconPlayerStopFilled,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { ApiError } from '@/api/errors';
import { useController, useDesigner } from '../state/context';
import { isLive } from '../state/runState';
import { RunDialog } from './RunDialog';
import { RunMenu } from './RunMenu';
import { useStartRun } from './useStartRun';

// Shown in the button: a hint below or beside it would lie over other buttons.
const RUN_KEYS = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘ ↵' : 'Ctrl ↵';

export function RunControls() {
  const live = useDesigner((s) => isLive(s.run));
  return (
    <>
      {live ? <LiveControls /> : <StartControls />}
      <AskedParams />
    </>
  );
}

function StartControls() {
  const { t } = useTranslation('designer');
  const empty = useDesigner((s) => s.history.document.spec.nodes.length === 0);
  const { start, retry, busy } = useStartRun();
  return (
    <Button.Group>
      <Button
        leftSection={<IconPlayerPlayFilled size={15} />}
        rightSection={
          <Text span fz={11} visibleFrom="md" aria-hidden>
            {RUN_KEYS}
          </Text>
        }
        aria-keyshortcuts="Control+Enter Meta+Enter"
        loading={busy}
        disabled={empty}
        onClick={() => void start({ kind: 'all' })}
        data-testid="run-button"
      >
        {t('run.run')}
      </Button>
      <RunMenu disabled={empty || busy} onStart={start} onRetry={retry} />
    </Button.Group>
  );
}

function LiveControls() {
  const { t } = useTranslation('designer');
  const controller = useController();
  const paused = useDesigner((s) => Boolean(s.run?.paused_by));
  const { report } = useStartRun();
  const tell = async (say: Promise<ApiError | undefined>) => report(await say);
  return (
    <>
      <Tooltip label={t(paused ? 'run.resume' : 'run.pause')}>
        <ActionIcon
          size="lg"
          variant="light"
          color={paused ? 'blue' : 'gray'}
          aria-label={t(paused ? 'run.resume' : 'run.pause')}
          onClick={() => void tell(controller.pause())}
          data-testid="pause-button"
        >
          {paused ? <IconPlayerPlayFilled size={15} /> : <IconPlayerPauseFilled size={15} />}
        </ActionIcon>
      </Tooltip>
      <Button
        color="red"
        variant="light"
        leftSection={<IconPlayerStopFilled size={15} />}
        onClick={() => void tell(controller.cancel())}
        data-testid="cancel-button"
      >
        {t('run.cancel')}
      </Button>
    </>
  );
}

/** The dialog for parameters, wherever the run was asked for. */
function AskedParams() {
  const controller = useController();
  const asking = useDesigner((s) => s.asking);
  const close = () => controller.store.getState().patch({ asking: null });
  return (
    <RunDialog
      opened={asking !== null}
      onClose={close}
      onRun={async (params) => {
        const error = asking ? await controller.run(asking, params) : undefined;
        if (!error) close();
        return error;
      }}
    />
  );
}
