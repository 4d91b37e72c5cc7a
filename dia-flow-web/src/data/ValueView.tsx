import { Box, Center, Loader, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import {
  getArtifactJSON,
  keys,
  MEDIA_CHART,
  MEDIA_CLEANING,
  MEDIA_QUALITY,
  type Value,
} from '@/api';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { CleaningReport, isCleaning } from './CleaningReport';
import { DataGrid } from './DataGrid';
import { DeferredTable, type Origin } from './DeferredTable';
import { FilePreview } from './FilePreview';
import { JsonTree } from './JsonTree';
import { isReport, QualityReport } from './QualityReport';

const Chart = lazy(() => import('@/charts/Chart').then((module) => ({ default: module.Chart })));

export interface ValueViewProps {
  value: Value;
  /** Name for downloads. */
  name?: string;
  /** Where in a run the value comes from; needed for tables that the run did not compute. */
  origin?: Origin;
}

/** Whatever travels along an edge, shown as what it is. Fills its parent, which needs a height. */
export function ValueView({ value, name = 'result', origin }: ValueViewProps) {
  if (value.kind === 'table' && value.artifact) {
    return <DataGrid artifactId={value.artifact.id} name={name} />;
  }
  if (value.kind === 'table' && origin) return <DeferredTable origin={origin} name={name} />;
  if (value.kind === 'file' && value.artifact) {
    return (
      <FilePreview
        artifactId={value.artifact.id}
        name={value.file?.name ?? name}
        mediaType={value.file?.media_type ?? value.artifact.media_type ?? ''}
        size={value.artifact.size}
      />
    );
  }
  if (value.artifact) return <LargeJson id={value.artifact.id} mediaType={value.media_type} />;
  return <Json data={value.data} mediaType={value.media_type} />;
}

function Json({ data, mediaType }: { data: unknown; mediaType?: string }) {
  const { t } = useTranslation('data');
  if (mediaType === MEDIA_CHART) {
    return (
      <Suspense fallback={<Waiting />}>
        <Box h="100%" p="md" data-testid="chart">
          <Chart spec={data} />
        </Box>
      </Suspense>
    );
  }
  if (mediaType === MEDIA_CLEANING && isCleaning(data)) return <CleaningReport report={data} />;
  if (mediaType === MEDIA_QUALITY && isReport(data)) return <QualityReport report={data} />;
  if (typeof data === 'string' && data.length > 120) {
    return (
      <Box
        p="md"
        h="100%"
        style={{ overflow: 'auto' }}
        tabIndex={0}
        role="region"
        aria-label={t('tree.text')}
      >
        <Text size="sm" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
          {data}
        </Text>
      </Box>
    );
  }
  return <JsonTree value={data ?? null} />;
}

function LargeJson({ id, mediaType }: { id: string; mediaType?: string }) {
  const query = useQuery({
    queryKey: keys.json(id),
    queryFn: ({ signal }) => getArtifactJSON(id, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (query.isPending) return <Waiting />;
  if (query.error) {
    return (
      <Box p="md">
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      </Box>
    );
  }
  return <Json data={query.data} mediaType={mediaType} />;
}

function Waiting() {
  return (
    <Center h="100%" p="xl">
      <Loader size="sm" />
    </Center>
  );
}
