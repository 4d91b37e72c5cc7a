import { Box, Center, Loader, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { computeTable, keys } from '@/api';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { DataGrid } from './DataGrid';

/** Where in a run a value comes from. */
export interface Origin {
  run: string;
  step: string;
  port: string;
}

interface Props {
  origin: Origin;
  name: string;
}

/** A table that the run handed on without computing it: computed for whoever looks at it. */
export function DeferredTable({ origin, name }: Props) {
  const { t } = useTranslation('data');
  const query = useQuery({
    queryKey: keys.computed(origin),
    queryFn: ({ signal }) => computeTable(origin, signal),
    staleTime: 5 * 60_000,
    retry: false,
  });
  if (query.error) {
    return (
      <Box p="md">
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      </Box>
    );
  }
  if (!query.data?.artifact) {
    return (
      <Center h="100%" p="xl">
        <Loader size="sm" aria-label={t('deferred.computing')} />
      </Center>
    );
  }
  return (
    <DataGrid
      artifactId={query.data.artifact.id}
      name={name}
      actions={
        <Text size="xs" c="var(--app-muted)" title={t('deferred.help')} data-testid="deferred">
          {t('deferred.title')}
        </Text>
      }
    />
  );
}
