import { Button } from '@mantine/core';
import { IconSitemap } from '@tabler/icons-react';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { getFlow, keys } from '@/api';
import { EmptyState, type EmptyStateProps } from '@/ui/EmptyState';
import { Page } from '@/ui/Page';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { FlowCrumbs } from './FlowCrumbs';

interface FlowReportProps<T> {
  flowId: string;
  title: string;
  /** What the screen is about, or what it has found in short. */
  description: ReactNode;
  actions?: ReactNode;
  query: UseQueryResult<T>;
  /** Stands where the report will be. */
  waiting: ReactNode;
  /** Nothing is there yet, and what would change that. */
  empty: Pick<EmptyStateProps, 'icon' | 'title' | 'children'> & { when: (data: T) => boolean };
  children: (data: T) => ReactNode;
}

/** A screen that tells one thing of a flow: it comes, cannot be had, is empty, or is there. */
export function FlowReport<T>({
  flowId,
  title,
  description,
  actions,
  query,
  waiting,
  empty: { when, ...empty },
  children,
}: FlowReportProps<T>) {
  const { t } = useTranslation('flows');
  const flow = useQuery({
    queryKey: keys.flow(flowId),
    queryFn: ({ signal }) => getFlow(flowId, signal),
  });
  const name = flow.data?.title || flow.data?.name || '';
  const { data } = query;
  return (
    <Page
      title={title}
      windowTitle={name ? `${title}: ${name}` : title}
      above={<FlowCrumbs flowId={flowId} title={name} />}
      description={description}
      actions={actions}
    >
      {query.isPending && waiting}
      {query.error && !data && (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      )}
      {data && when(data) && (
        <EmptyState
          {...empty}
          actions={
            <Button
              component={Link}
              to={`/flows/${flowId}`}
              variant="light"
              leftSection={<IconSitemap size={16} />}
            >
              {t('open')}
            </Button>
          }
        />
      )}
      {data && !when(data) && children(data)}
    </Page>
  );
}
