import { List, Stack, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { FileInfo } from '@/api';
import { useFormat } from '@/lib/format';
import { fileListQuery } from './useFiles';

/** A file that is to be stored under a name. */
export interface Incoming {
  name: string;
  file: File;
}

/**
 * Asks, once for all of them, before files are replaced that are there already: the old content is gone for good.
 * Resolves to true at once when there are none.
 */
export function useMayReplace(): (incoming: readonly Incoming[]) => Promise<boolean> {
  const { t } = useTranslation('data');
  const format = useFormat();
  const client = useQueryClient();
  return useCallback(
    async (incoming) => {
      // What was listed a while ago may lack what a flow has written since.
      const stored = await client.fetchQuery({ ...fileListQuery, staleTime: 0 });
      const there = new Map(stored.map((file) => [file.name, file]));
      const pairs = incoming.flatMap(({ name, file }) => {
        const old = there.get(name);
        return old ? [{ old, file }] : [];
      });
      if (pairs.length === 0) return true;
      const state = (file: { size: number }, at: string | Date) =>
        t('file.replace.state', { size: format.bytes(file.size), date: format.dateTime(at) });
      const line = ({ old, file }: { old: FileInfo; file: File }) =>
        t('file.replace.change', {
          old: state(old, old.modified_at),
          new: state(file, new Date(file.lastModified)),
        });
      return new Promise((resolve) => {
        modals.openConfirmModal({
          title: t('file.replace.title', { count: pairs.length, name: pairs[0]?.old.name }),
          children: (
            <Stack gap="xs">
              <List size="sm" listStyleType="none" mah="40vh" style={{ overflow: 'auto' }}>
                {pairs.map((pair) => (
                  <List.Item key={pair.old.name}>
                    {pairs.length > 1 && <Text fw={600}>{pair.old.name}</Text>}
                    {line(pair)}
                  </List.Item>
                ))}
              </List>
              <Text size="sm">{t('file.replace.text')}</Text>
            </Stack>
          ),
          labels: { confirm: t('file.replace.confirm'), cancel: t('common:action.cancel') },
          confirmProps: { color: 'red', 'data-testid': 'file-replace-confirm' },
          onConfirm: () => resolve(true),
          onCancel: () => resolve(false),
        });
      });
    },
    [client, format, t],
  );
}
