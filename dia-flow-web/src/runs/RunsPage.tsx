import { Button, Group, Loader, Skeleton, Stack, Text } from '@mantine/core';
import { useIntersection } from '@mantine/hooks';
import { IconFilterOff, IconPlayerPlay } from '@tabler/icons-react';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useCan } from '@/auth/session';
import { EmptyState } from '@/ui/EmptyState';
import { Page } from '@/ui/Page';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { BulkBar } from './list/BulkBar';
import { RunFilters } from './list/RunFilters';
import { RunsTable } from './list/RunsTable';
import { useRunList } from './list/useRunList';
import { useSelection } from './list/useSelection';
import { isFiltered, type RunSearch } from './search';

export function RunsPage() {
  const { t } = useTranslation('runs');
  const search = useSearch({ from: '/inside/runs' });
  const navigate = useNavigate();
  const { list, runs, counts, stream } = useRunList(search);
  const filtered = isFiltered(search);
  const selection = useSelection();
  const mayCancel = useCan('run.cancel');
  const change = (part: Partial<RunSearch>) =>
    void navigate({ to: '/runs', search: (old) => ({ ...old, ...part }), replace: true });

  return (
    <Page title={t('title')} description={t('description')}>
      <Stack gap="md">
        <RunFilters search={search} counts={counts} live={stream === 'open'} onChange={change} />
        {list.error && <ProblemAlert error={list.error} onRetry={() => void list.refetch()} />}
        {list.isPending && <RunsSkeleton />}
        {list.isSuccess && runs.length === 0 && filtered && (
          <EmptyState
            icon={IconFilterOff}
            title={t('noMatch.title')}
            compact
            actions={
              <Button
                variant="light"
                onClick={() => void navigate({ to: '/runs', search: {}, replace: true })}
              >
                {t('noMatch.clear')}
              </Button>
            }
          />
        )}
        {list.isSuccess && runs.length === 0 && !filtered && (
          <EmptyState
            icon={IconPlayerPlay}
            title={t('empty.title')}
            actions={
              <Button component={Link} to="/flows" mt="sm">
                {t('empty.toFlows')}
              </Button>
            }
          >
            {t('empty.help')}
          </EmptyState>
        )}
        <BulkBar
          key={JSON.stringify(search)}
          runs={runs}
          selection={selection}
          search={search}
          more={list.hasNextPage}
        />
        {runs.length > 0 && (
          <RunsTable
            runs={runs}
            search={search}
            onSort={(sort) => change({ sort })}
            selection={mayCancel ? selection : undefined}
          />
        )}
        {list.hasNextPage && (
          <More busy={list.isFetchingNextPage} onReach={() => void list.fetchNextPage()} />
        )}
      </Stack>
    </Page>
  );
}

/** Loads the next page when it comes into sight. */
function More({ busy, onReach }: { busy: boolean; onReach: () => void }) {
  const { t } = useTranslation('common');
  const { ref, entry } = useIntersection({ rootMargin: '400px' });
  const near = entry?.isIntersecting ?? false;
  // biome-ignore lint/correctness/useExhaustiveDependencies: onReach changes with every render
  useEffect(() => {
    if (near && !busy) onReach();
  }, [near, busy]);
  return (
    <Group ref={ref} justify="center" py="md" gap="xs">
      <Loader size="xs" />
      <Text size="sm">{t('list.loading')}</Text>
    </Group>
  );
}

function RunsSkeleton() {
  return (
    <Stack gap={8} aria-busy="true">
      {['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((row) => (
        <Skeleton key={row} h={48} />
      ))}
    </Stack>
  );
}
