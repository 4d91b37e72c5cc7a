import { Button, Group, Skeleton, Stack, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconPlus, IconRoute, IconSearch, IconUpload } from '@tabler/icons-react';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { eventsUrl, useEvents } from '@/api';
import { useCan } from '@/auth/session';
import { EmptyState } from '@/ui/EmptyState';
import { Page } from '@/ui/Page';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { CreateFlowModal } from './CreateFlowModal';
import { Examples } from './Examples';
import { FlowsTable } from './FlowsTable';
import { ImportFlowModal } from './ImportFlowModal';
import { applyRun, flowListQuery } from './queries';

export function FlowsPage() {
  const { t } = useTranslation('flows');
  const client = useQueryClient();
  const navigate = useNavigate();
  const search = useSearch({ from: '/inside/flows' });
  const mayWrite = useCan('flow.write');
  const [text, setText] = useState(search.q ?? '');
  const [q] = useDebouncedValue(text.trim(), 200);
  const list = useInfiniteQuery(flowListQuery(q));
  useEvents(eventsUrl, {
    onEvent: (event) => event.run && applyRun(client, event.run),
  });

  const show = (action: 'new' | 'import' | undefined) =>
    void navigate({ to: '/flows', search: (old) => ({ ...old, action }), replace: true });
  const flows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const none = list.isSuccess && flows.length === 0;

  const create = (
    <Button
      leftSection={<IconPlus size={16} />}
      onClick={() => show('new')}
      data-testid="flow-create"
    >
      {t('create.open')}
    </Button>
  );
  const importButton = (
    <Button
      variant="default"
      leftSection={<IconUpload size={16} />}
      onClick={() => show('import')}
      data-testid="flow-import"
    >
      {t('import.open')}
    </Button>
  );

  return (
    <Page
      title={t('title')}
      description={t('description')}
      actions={
        mayWrite && (
          <>
            {importButton}
            {create}
          </>
        )
      }
    >
      <Stack gap="md">
        {(!none || q) && (
          <TextInput
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            leftSection={<IconSearch size={16} />}
            placeholder={t('search')}
            aria-label={t('search')}
            maw={360}
            data-testid="flow-search"
          />
        )}
        {list.error && <ProblemAlert error={list.error} onRetry={() => void list.refetch()} />}
        {list.isPending && <FlowsSkeleton />}
        {none && q && (
          <EmptyState icon={IconSearch} title={t('noMatch.title', { q })} compact>
            {t('noMatch.help')}
          </EmptyState>
        )}
        {none && !q && (
          <EmptyState
            icon={IconRoute}
            title={t('empty.title')}
            actions={
              mayWrite && (
                <Stack gap="xl" align="center" mt="sm">
                  <Group gap="xs">
                    {create}
                    {importButton}
                  </Group>
                  <Examples />
                </Stack>
              )
            }
          >
            {t('empty.help')}
          </EmptyState>
        )}
        {flows.length > 0 && <FlowsTable flows={flows} mayWrite={mayWrite} />}
        {list.hasNextPage && (
          <Group justify="center">
            <Button
              variant="default"
              loading={list.isFetchingNextPage}
              onClick={() => void list.fetchNextPage()}
            >
              {t('common:list.loadMore')}
            </Button>
          </Group>
        )}
      </Stack>
      <CreateFlowModal opened={search.action === 'new'} onClose={() => show(undefined)} />
      <ImportFlowModal opened={search.action === 'import'} onClose={() => show(undefined)} />
    </Page>
  );
}

function FlowsSkeleton() {
  return (
    <Stack gap={8} aria-busy="true">
      {['a', 'b', 'c', 'd', 'e'].map((row) => (
        <Skeleton key={row} h={56} />
      ))}
    </Stack>
  );
}
