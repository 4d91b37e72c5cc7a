import { Modal, Skeleton, Stack, Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Lineage } from '@/api';
import { said } from '@/lib/problems';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { ColumnGraph } from './ColumnGraph';
import { tellsMore } from './gaps';
import { useLineage } from './useLineage';

/** Which data the flow reads and writes, and which column goes where. */
export function LineageDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('designer');
  const { data, error, isPending, refetch } = useLineage();
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('lineage.flow')}
      size="min(1180px, 94vw)"
      closeButtonProps={{ 'aria-label': t('lineage.close') }}
      data-testid="lineage-dialog"
    >
      {isPending && <Skeleton h={160} aria-busy="true" />}
      {error && <ProblemAlert error={error} onRetry={() => void refetch()} />}
      {data && (
        <Stack gap="lg">
          <Datasets graph={data} />
          <ColumnGraph graph={data} />
          <Gaps graph={data} />
        </Stack>
      )}
    </Modal>
  );
}

function Datasets({ graph }: { graph: Lineage }) {
  const { t } = useTranslation('designer');
  if (graph.datasets.length === 0) {
    return (
      <Text fz="sm" c="var(--app-muted)">
        {t('lineage.no_data')}
      </Text>
    );
  }
  return (
    <Table verticalSpacing={5} horizontalSpacing={8} fz={13} data-testid="lineage-datasets">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('lineage.data')}</Table.Th>
          <Table.Th>{t('lineage.where')}</Table.Th>
          <Table.Th>{t('lineage.read_by')}</Table.Th>
          <Table.Th>{t('lineage.written_by')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {graph.datasets.map((set) => (
          <Table.Tr key={set.id}>
            <Table.Td fw={500}>{set.name}</Table.Td>
            <Table.Td c="var(--app-muted)">
              {set.kind === 'file' && set.namespace === 'file' ? t('lineage.files') : set.namespace}
            </Table.Td>
            <Table.Td>{set.reads?.join(', ') ?? '–'}</Table.Td>
            <Table.Td>{set.writes?.join(', ') ?? '–'}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** What could not be told, but for what merely follows from something else. */
function Gaps({ graph }: { graph: Lineage }) {
  const { t } = useTranslation('designer');
  const gaps = graph.gaps.filter((gap) => gap.code !== 'inputs_unknown');
  if (gaps.length === 0) return null;
  const texts = new Map(
    gaps.map((gap) => [`${gap.node} ${gap.code} ${tellsMore(gap) ? gap.message : ''}`, gap]),
  );
  return (
    <Stack gap={4}>
      <Text fz={13} fw={600} component="h3" m={0}>
        {t('lineage.gaps')}
      </Text>
      {[...texts].map(([key, gap]) => (
        <Text key={key} fz={13} c="var(--app-muted)">
          <Text span fz={13} fw={600} c="var(--mantine-color-text)">
            {gap.node || t('lineage.whole')}
          </Text>{' '}
          {t(`lineage.gap.${gap.code}`)}
          {tellsMore(gap) && ` ${said(gap)}`}
        </Text>
      ))}
    </Stack>
  );
}
