import { Badge, Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Drift } from '@/api';

const colors: Record<Drift['done'], string> = {
  failed: 'red',
  passed: 'yellow',
  dropped: 'blue',
  filled: 'blue',
  converted: 'blue',
  noted: 'gray',
};

export function isDrift(data: unknown): data is Drift[] {
  return (
    Array.isArray(data) && data.every((each) => typeof (each as Drift | null)?.change === 'string')
  );
}

/** The columns of a table that are not what was expected, and what was done about it. */
export function DriftTable({ drift }: { drift: Drift[] }) {
  const { t } = useTranslation('data');
  return (
    <Table verticalSpacing={5} data-testid="drift">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('drift.column')}</Table.Th>
          <Table.Th>{t('drift.change')}</Table.Th>
          <Table.Th>{t('drift.expected')}</Table.Th>
          <Table.Th>{t('drift.found')}</Table.Th>
          <Table.Th>{t('drift.done')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {drift.map((each) => (
          <Table.Tr key={`${each.port} ${each.column} ${each.change}`} data-change={each.change}>
            <Table.Td>
              <Text fz={13} fw={550}>
                {each.column}
              </Text>
            </Table.Td>
            <Table.Td>{t(`drift.is.${each.change}`)}</Table.Td>
            <Table.Td>
              <Text fz={12.5} ff="monospace">
                {each.expected ?? '—'}
              </Text>
            </Table.Td>
            <Table.Td>
              <Text fz={12.5} ff="monospace">
                {each.found ?? '—'}
              </Text>
            </Table.Td>
            <Table.Td>
              <Badge variant="light" tt="none" miw="max-content" color={colors[each.done]}>
                {t(`drift.did.${each.done}`)}
              </Badge>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
