import { Badge, Button, Group, SegmentedControl, Skeleton, Stack, Text } from '@mantine/core';
import { IconRosetteDiscountCheck, IconSitemap } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getFlow, getFlowQuality, keys } from '@/api';
import { FlowCrumbs } from '@/flows/FlowCrumbs';
import { EmptyState } from '@/ui/EmptyState';
import { Page } from '@/ui/Page';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { ColumnsCard } from './ColumnsCard';
import classes from './quality.module.css';
import { RulesCard } from './RulesCard';

const lengths = [20, 50, 200];

/** How the quality of a flow's data goes from run to run. */
export function QualityPage() {
  const { t } = useTranslation('quality');
  const { flowId } = useParams({ from: '/inside/flows/$flowId/quality' });
  const [runs, setRuns] = useState(50);
  const flow = useQuery({
    queryKey: keys.flow(flowId),
    queryFn: ({ signal }) => getFlow(flowId, signal),
  });
  const quality = useQuery({
    queryKey: keys.flowQuality(flowId, runs),
    queryFn: ({ signal }) => getFlowQuality(flowId, runs, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  });
  const title = flow.data?.title || flow.data?.name || '';
  const { data } = quality;
  return (
    <Page
      title={t('title')}
      windowTitle={title ? `${t('title')}: ${title}` : t('title')}
      above={<FlowCrumbs flowId={flowId} title={title} />}
      description={
        data && data.runs > 0 ? (
          <Group gap={8} component="span">
            <Badge
              component="span"
              variant="light"
              tt="none"
              color={data.failing > 0 ? 'red' : 'green'}
              {...(data.failing > 0 ? {} : { className: classes.kept })}
              data-testid="quality-state"
            >
              {t('failing', { count: data.failing })}
            </Badge>
            {t('runs', { count: data.runs })}
          </Group>
        ) : (
          t('help')
        )
      }
      actions={
        data &&
        data.runs > 0 && (
          <SegmentedControl
            size="xs"
            aria-label={t('length')}
            value={String(runs)}
            onChange={(value) => setRuns(Number(value))}
            data={lengths.map((n) => ({ value: String(n), label: t('last', { count: n }) }))}
          />
        )
      }
    >
      {quality.isPending && (
        <Stack aria-busy="true">
          <Skeleton h={220} />
          <Skeleton h={120} />
        </Stack>
      )}
      {quality.error && !data && (
        <ProblemAlert error={quality.error} onRetry={() => void quality.refetch()} />
      )}
      {data && data.runs === 0 && (
        <EmptyState
          icon={IconRosetteDiscountCheck}
          title={t('empty')}
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
        >
          <Text size="sm">{t('empty_help')}</Text>
        </EmptyState>
      )}
      {data && data.runs > 0 && (
        <Stack gap="lg">
          <RulesCard rules={data.rules} />
          <ColumnsCard columns={data.columns} />
        </Stack>
      )}
    </Page>
  );
}
