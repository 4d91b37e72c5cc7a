import { Table, Text, UnstyledButton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { isFinal, type Step } from '@/api';
import { RowCounts } from '@/data';
import { type Step as CoreStep, type FlowDocument, type Port, rowCounts } from '@/flow-core';
import { useFormat } from '@/lib/format';
import { said, saidText } from '@/lib/problems';
import { StatusBadge } from '@/ui/StatusBadge';
import { Duration } from '@/ui/Time';
import classes from './detail.module.css';
import type { Row } from './order';
import { ItemsText, Origin } from './parts';
import { usePorts } from './usePorts';

interface StepsTableProps {
  rows: Row[];
  document?: FlowDocument;
  /** Path of the selected step. */
  selected?: string;
  onSelect: (path: string) => void;
}

/** The steps, those in containers indented below them. */
export function StepsTable({ rows, document, selected, onSelect }: StepsTableProps) {
  const ports = usePorts(document);
  const { t } = useTranslation('runs');
  return (
    <div className={classes.scroll}>
      <Table
        highlightOnHover
        stickyHeader
        verticalSpacing={8}
        aria-label={t('tab.steps')}
        className={classes.table}
      >
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('column.step')}</Table.Th>
            <Table.Th>{t('column.status')}</Table.Th>
            <Table.Th ta="right">{t('column.rows')}</Table.Th>
            <Table.Th ta="right">{t('column.duration')}</Table.Th>
            <Table.Th>{t('column.startedAt')}</Table.Th>
            <Table.Th ta="right">{t('column.attempt')}</Table.Th>
            <Table.Th>{t('column.note')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <StepRow
              key={row.node}
              row={row}
              ports={ports(row.node)}
              selected={row.step.node_id === selected}
              onSelect={() => onSelect(row.step.node_id)}
            />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function StepRow({
  row,
  ports,
  selected,
  onSelect,
}: {
  row: Row;
  ports: Port[];
  selected: boolean;
  onSelect: () => void;
}) {
  const format = useFormat();
  const { step, node, depth } = row;
  const counts = rowCounts(step as CoreStep, ports);
  return (
    <Table.Tr
      className={classes.stepRow}
      data-selected={selected || undefined}
      onClick={onSelect}
      data-testid="step-row"
      data-step={step.node_id}
      data-step-status={step.status}
    >
      <Table.Td style={depth > 0 ? { paddingLeft: 16 + depth * 22 } : undefined}>
        <UnstyledButton className={classes.stepName} onClick={onSelect}>
          {step.title || node}
        </UnstyledButton>
        <Text size="xs" ff="monospace" className={classes.muted}>
          {step.node_type}
        </Text>
      </Table.Td>
      <Table.Td>
        <span className={classes.statusCell}>
          <StatusBadge status={step.status} />
          <Origin step={step} />
        </span>
      </Table.Td>
      <Table.Td ta="right" className="tabular" data-testid="step-rows">
        {step.items ? (
          <ItemsText step={step} />
        ) : counts.all.length > 0 ? (
          <RowCounts counts={counts} bare />
        ) : (
          '–'
        )}
      </Table.Td>
      <Table.Td ta="right" className={classes.nowrap}>
        <Duration from={step.started_at} to={step.ended_at} live={!isFinal(step.status)} />
      </Table.Td>
      <Table.Td className={classes.nowrap}>
        {step.started_at ? format.time(step.started_at) : '–'}
      </Table.Td>
      <Table.Td ta="right" className="tabular">
        {step.attempt || '–'}
      </Table.Td>
      <Table.Td maw={320}>
        <Note step={step} />
      </Table.Td>
    </Table.Tr>
  );
}

/** Why the step failed or waits, or how far it is. */
function Note({ step }: { step: Step }) {
  const { t } = useTranslation('runs');
  const format = useFormat();
  const progress = step.status === 'running' ? step.progress : undefined;
  let text = '';
  if (step.error) text = said(step.error);
  else if (!isFinal(step.status) && step.why) text = saidText(step.why);
  else if (progress) {
    const done = format.number(progress.done);
    const unit = t(`unit.${progress.unit || 'items'}`, {
      count: progress.total || progress.done,
      defaultValue: progress.unit,
    });
    text = progress.total
      ? `${done} / ${format.number(progress.total)} ${unit}`
      : `${done} ${unit}`;
  }
  return (
    <Text size="xs" lineClamp={2} className={classes.muted}>
      {text}
    </Text>
  );
}
