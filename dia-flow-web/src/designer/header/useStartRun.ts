import { notifications } from '@mantine/notifications';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ApiError } from '@/api/errors';
import { allNodes } from '@/flow-core';
import { useController } from '../state/context';
import type { RunRequest } from '../state/store';

/** Starts runs from wherever one can be asked for: checks the flow first, and asks for parameters if it has any. */
export function useStartRun() {
  const { t } = useTranslation('designer');
  const controller = useController();
  const { store } = controller;
  const [busy, setBusy] = useState(false);

  const report = useCallback(
    (error: ApiError | undefined) => {
      if (!error) return;
      notifications.show({ color: 'red', title: t('run.refused'), message: error.message });
      if (store.getState().problems.length > 0) store.getState().showDrawer('problems');
    },
    [store, t],
  );

  /** False when the flow has errors, which are then shown. */
  const ready = useCallback(async () => {
    // The newest analysis decides, not the one from before the last key.
    await controller.autosave.flush().catch(() => {});
    const { problems, showDrawer, history, makeDue } = store.getState();
    makeDue(allNodes(history.document).map((node) => node.id));
    const count = problems.filter((p) => p.severity === 'error').length;
    if (count === 0) return true;
    showDrawer('problems');
    notifications.show({
      color: 'red',
      title: t('run.problems_title'),
      message: t('run.problems', { count }),
    });
    return false;
  }, [controller, store, t]);

  const start = useCallback(
    async (request: RunRequest) => {
      setBusy(true);
      if (await ready()) {
        const params = store.getState().history.document.spec.params ?? {};
        if (Object.keys(params).length > 0) store.getState().patch({ asking: request });
        else report(await controller.run(request, {}));
      }
      setBusy(false);
    },
    [controller, store, ready, report],
  );

  const retry = useCallback(async () => {
    setBusy(true);
    if (await ready()) report(await controller.retry());
    setBusy(false);
  }, [controller, ready, report]);

  return { start, retry, busy, report };
}
