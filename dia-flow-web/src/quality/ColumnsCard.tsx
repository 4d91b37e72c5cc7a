import { Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { QualityColumn } from '@/api';
import { useFormat } from '@/lib/format';
import { TableCard } from '@/ui/TableCard';
import classes from './quality.module.css';

/** How many values of the checked columns are empty, from run to run. */
export function ColumnsCard({ columns }: { columns: QualityColumn[] }) {
  const { t } = useTranslation('quality');
  const format = useFormat();
  const nodes = new Set(columns.map((column) => column.node)).size;
  const last = (column: QualityColumn) => column.points[column.points.length - 1];
  const order = [...columns].sort((a, b) => (last(b)?.share ?? 0) - (last(a)?.share ?? 0));
  return (
    <div>
      <h2 className={classes.heading}>{t('columns')}</h2>
      <TableCard label={t('columns')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('column')}</Table.Th>
            <Table.Th ta="right">{t('empty_values')}</Table.Th>
            <Table.Th ta="right">{t('share')}</Table.Th>
            <Table.Th>{t('trend')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {order.map((column) => (
            <Table.Tr key={`${column.node} ${column.name}`} data-testid="trend-column">
              <Table.Td>
                <Text fz={13}>{column.name}</Text>
                {nodes > 1 && (
                  <Text fz={12} c="var(--app-muted)">
                    {column.node}
                  </Text>
                )}
              </Table.Td>
              <Table.Td ta="right" className="tabular">
                {format.number(last(column)?.nulls ?? 0)}
              </Table.Td>
              <Table.Td ta="right" className="tabular">
                {last(column)?.rows === 0 ? (
                  <Text fz={13} c="var(--app-muted)">
                    {t('no_rows')}
                  </Text>
                ) : (
                  `${format.number(last(column)?.share ?? 0, 2)}%`
                )}
              </Table.Td>
              <Table.Td>
                <Sparkline shares={column.points.map((point) => point.share)} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </TableCard>
    </div>
  );
}

/** From 0 to the greatest, which is at least one per cent. */
function Sparkline({ shares }: { shares: number[] }) {
  const most = Math.max(1, ...shares);
  const step = shares.length > 1 ? 140 / (shares.length - 1) : 0;
  const points = shares.map((share, i) => `${2 + i * step},${22 - (share / most) * 20}`);
  const shown = points.length === 1 ? [...points, `142,${points[0]?.split(',')[1]}`] : points;
  return (
    <svg width={144} height={24} className={classes.spark} aria-hidden>
      <polyline points={shown.join(' ')} />
    </svg>
  );
}
