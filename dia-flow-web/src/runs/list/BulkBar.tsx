import { Alert, Button, Group, List, Modal, Stack, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { IconPlayerStop, IconRefreshAlert, IconTrash } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type BulkAction, type BulkResult, bulkRuns, keys, type Run } from '@/api';
import { useCan } from '@/auth/session';
import { useFormat } from '@/lib/format';
import { said } from '@/lib/problems';
import { notifyError, notifySuccess } from '@/ui/notify';
import { shortId } from '../ids';
import type { RunSearch } from '../search';
import { bulkActions, bulkFilter, fits } from './bulk';
import classes from './bulk.module.css';
import type { Selection } from './useSelection';

const ICONS = { cancel: IconPlayerStop, retry: IconRefreshAlert, delete: IconTrash };

interface Props {
  runs: Run[];
  selection: Selection;
  search: RunSearch;
  /** There are further runs that match but are not loaded yet. */
  more: boolean;
}

/** What is done with the chosen runs, or with all that match the filters. */
export function BulkBar({ runs, selection, search, more }: Props) {
  const { t } = useTranslation('runs');
  const format = useFormat();
  const client = useQueryClient();
  const may: Record<BulkAction, boolean> = {
    cancel: useCan('run.cancel'),
    retry: useCan('flow.run'),
    delete: useCan('run.delete'),
  };
  const [all, setAll] = useState(false);
  const [result, setResult] = useState<BulkResult & { action: BulkAction }>();
  const filter = bulkFilter(search);
  const everything = all && filter !== undefined;
  const chosen = runs.filter((run) => selection.has(run.id));

  const work = useMutation({
    mutationFn: (action: BulkAction) =>
      bulkRuns(
        action,
        everything
          ? { filter }
          : { ids: chosen.filter((run) => fits(action, run)).map((run) => run.id) },
      ),
    onSuccess: async (done, action) => {
      selection.setAll([]);
      setAll(false);
      if (done.failed.length > 0) setResult({ ...done, action });
      else
        notifySuccess(t(`bulk.${action}.done`, { count: done.done, n: format.number(done.done) }));
      await client.invalidateQueries({ queryKey: keys.runs });
    },
    onError: (error) => notifyError(error),
  });
  const ask = (action: BulkAction, count: number) =>
    modals.openConfirmModal({
      title: everything
        ? t(`bulk.${action}.ask_all`)
        : t(`bulk.${action}.ask`, { count, n: format.number(count) }),
      children: <Text size="sm">{t(`bulk.${action}.text`)}</Text>,
      labels: { confirm: t(`bulk.${action}.confirm`), cancel: t('common:action.cancel') },
      confirmProps: {
        color: action === 'retry' ? undefined : 'red',
        ...{ 'data-testid': 'bulk-confirm' },
      },
      onConfirm: () => work.mutate(action),
    });

  return (
    <>
      {selection.size > 0 && (
        <div className={classes.bar} role="toolbar" aria-label={t('bulk.title')} data-testid="bulk">
          <Text size="sm" fw={550}>
            {everything
              ? t('bulk.all')
              : t('bulk.count', { count: selection.size, n: format.number(selection.size) })}
          </Text>
          {more && filter && !all && (
            <Button size="compact-sm" variant="subtle" onClick={() => setAll(true)}>
              {t('bulk.choose_all')}
            </Button>
          )}
          <Group gap="xs" ml="auto">
            {bulkActions
              .filter((action) => may[action])
              .map((action) => {
                const Icon = ICONS[action];
                const count = chosen.filter((run) => fits(action, run)).length;
                return (
                  <Button
                    key={action}
                    size="xs"
                    variant={action === 'retry' ? 'light' : 'default'}
                    color={action === 'retry' ? 'indigo' : 'red'}
                    leftSection={<Icon size={15} />}
                    disabled={!everything && count === 0}
                    loading={work.isPending && work.variables === action}
                    onClick={() => ask(action, count)}
                    data-testid={`bulk-${action}`}
                  >
                    {everything
                      ? t(`bulk.${action}.open`)
                      : `${t(`bulk.${action}.open`)} · ${format.number(count)}`}
                  </Button>
                );
              })}
            <Button
              size="xs"
              variant="subtle"
              onClick={() => {
                selection.setAll([]);
                setAll(false);
              }}
            >
              {t('bulk.none')}
            </Button>
          </Group>
        </div>
      )}
      <Modal
        opened={result !== undefined}
        onClose={() => setResult(undefined)}
        title={t('bulk.result')}
        size="lg"
      >
        {result && <Result result={result} />}
      </Modal>
    </>
  );
}

function Result({ result }: { result: BulkResult & { action: BulkAction } }) {
  const { t } = useTranslation('runs');
  const format = useFormat();
  return (
    <Stack gap="sm" data-testid="bulk-result">
      <Text size="sm">
        {t(`bulk.${result.action}.done`, { count: result.done, n: format.number(result.done) })}
      </Text>
      <Alert color="red" variant="light" title={t('bulk.failed', { count: result.failed.length })}>
        <List size="sm" spacing={2}>
          {result.failed.map((each) => (
            <List.Item key={each.id}>
              <code>{shortId(each.id)}</code> {said(each)}
            </List.Item>
          ))}
        </List>
      </Alert>
    </Stack>
  );
}
