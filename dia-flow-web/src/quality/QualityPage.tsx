import { Badge, Group, SegmentedControl, Skeleton, Stack } from '@mantine/core';
import { IconRosetteDiscountCheck } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getFlowQuality, keys } from '@/api';
import { FlowReport } from '@/flows/FlowReport';
import { ColumnsCard } from './ColumnsCard';
import classes from './quality.module.css';
import { RulesCard } from './RulesCard';

const lengths = [20, 50, 200];

/** How the quality of a flow's data goes from run to run. */
export function QualityPage() {
  const { t } = useTranslation('quality');
  const { flowId } = useParams({ from: '/inside/flows/$flowId/quality' });
  const [runs, setRuns] = useState(50);
  const quality = useQuery({
    queryKey: keys.flowQuality(flowId, runs),
    queryFn: ({ signal }) => getFlowQuality(flowId, runs, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  });
  const { data } = quality;
  return (
    <FlowReport
      flowId={flowId}
      title={t('title')}
      query={quality}
      waiting={
        <Stack aria-busy="true">
          <Skeleton h={220} />
          <Skeleton h={120} />
        </Stack>
      }
      empty={{
        when: (found) => found.runs === 0,
        icon: IconRosetteDiscountCheck,
        title: t('empty'),
        children: t('empty_help'),
      }}
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
      {(found) => (
        <Stack gap="lg">
          <RulesCard rules={found.rules} />
          <ColumnsCard columns={found.columns} />
        </Stack>
      )}
    </FlowReport>
  );
}
