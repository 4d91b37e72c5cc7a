import { Table, Text, UnstyledButton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { isFinal, type Step } from '@/api';
import { useFormat } from '@/lib/format';
import { StatusBadge } from '@/ui/StatusBadge';
import { Duration } from '@/ui/Time';
import classes from './detail.module.css';
import { outputRows } from './runState';

interface StepsTableProps {
  steps: Step[];
  selected?: string;
  onSelect: (node: string) => void;
}

export function StepsTable({ steps, selected, onSelect }: StepsTableProps) {
  const { t } = useTranslation('runs');
  const format = useFormat();
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
          {steps.map((step) => {
            const rows = outputRows(step);
            return (
              <Table.Tr
                key={step.node_id}
                className={classes.stepRow}
                data-selected={step.node_id === selected || undefined}
                onClick={() => onSelect(step.node_id)}
                data-testid="step-row"
                data-step={step.node_id}
                data-step-status={step.status}
              >
                <Table.Td>
                  <UnstyledButton
                    className={classes.stepName}
                    onClick={() => onSelect(step.node_id)}
                  >
                    {step.title || step.node_id}
                  </UnstyledButton>
                  <Text size="xs" ff="monospace" className={classes.muted}>
                    {step.node_type}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <StatusBadge status={step.status} />
                </Table.Td>
                <Table.Td ta="right" className="tabular" data-testid="step-rows">
                  {rows === undefined ? '–' : format.number(rows)}
                </Table.Td>
                <Table.Td ta="right" className={classes.nowrap}>
                  <Duration
                    from={step.started_at}
                    to={step.ended_at}
                    live={step.status === 'running'}
                  />
                </Table.Td>
                <Table.Td className={classes.nowrap}>
                  {step.started_at ? format.time(step.started_at) : '–'}
                </Table.Td>
                <Table.Td ta="right" className="tabular">
                  {step.attempt || '–'}
                </Table.Td>
                <Table.Td maw={320}>
                  <Text size="xs" lineClamp={2} className={classes.muted}>
                    {note(step)}
                  </Text>
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </div>
  );

  function note(step: Step): string {
    if (step.error) return step.error.message;
    if (!isFinal(step.status) && step.why) return step.why;
    const progress = step.status === 'running' ? step.progress : undefined;
    if (!progress) return '';
    const done = format.number(progress.done);
    const unit = t(`unit.${progress.unit || 'items'}`, { defaultValue: progress.unit });
    return progress.total
      ? `${done} / ${format.number(progress.total)} ${unit}`
      : `${done} ${unit}`;
  }
}
