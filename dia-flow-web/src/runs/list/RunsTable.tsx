import { Checkbox, Group, Progress, Table, Text, Tooltip, UnstyledButton } from '@mantine/core';
import {
  IconArrowDown,
  IconArrowsSort,
  IconArrowUp,
  IconClockExclamation,
} from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Run } from '@/api';
import { said, saidText } from '@/lib/problems';
import { StatusBadge } from '@/ui/StatusBadge';
import { TableCard } from '@/ui/TableCard';
import { Duration, TimeAgo } from '@/ui/Time';
import { shortId } from '../ids';
import { isPaused } from '../live';
import { StepCount } from '../StepCount';
import type { RunSearch } from '../search';
import classes from './table.module.css';
import type { Selection } from './useSelection';

type Sort = NonNullable<RunSearch['sort']>;

interface Props {
  runs: Run[];
  search: RunSearch;
  onSort: (sort: RunSearch['sort']) => void;
  /** Undefined when nobody here may do anything with many runs. */
  selection?: Selection;
}

export function RunsTable({ runs, search, onSort, selection }: Props) {
  const { t } = useTranslation('runs');
  const sort = search.sort ?? '-created_at';
  return (
    <TableCard label={t('title')}>
      <Table.Thead>
        <Table.Tr>
          {selection && (
            <Table.Th w={44}>
              <Checkbox
                size="xs"
                aria-label={t('bulk.select_all')}
                checked={runs.length > 0 && runs.every((run) => selection.has(run.id))}
                indeterminate={selection.size > 0 && !runs.every((run) => selection.has(run.id))}
                onChange={(event) =>
                  selection.setAll(event.currentTarget.checked ? runs.map((run) => run.id) : [])
                }
                data-testid="select-all"
              />
            </Table.Th>
          )}
          <Table.Th w={136}>{t('column.status')}</Table.Th>
          <Table.Th>{t('column.flow')}</Table.Th>
          <SortHeader name="created_at" label={t('column.started')} sort={sort} onSort={onSort} />
          <SortHeader
            name="duration"
            label={t('column.duration')}
            sort={sort}
            onSort={onSort}
            right
          />
          <Table.Th w={176}>{t('column.steps')}</Table.Th>
          <Table.Th>{t('column.trigger')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {runs.map((run) => (
          <RunRow key={run.id} run={run} selection={selection} />
        ))}
      </Table.Tbody>
    </TableCard>
  );
}

interface SortHeaderProps {
  name: 'created_at' | 'duration';
  label: string;
  sort: Sort;
  onSort: (sort: Sort) => void;
  right?: boolean;
}

function SortHeader({ name, label, sort, onSort, right }: SortHeaderProps) {
  const on = sort.endsWith(name);
  const down = sort === `-${name}`;
  const Icon = on ? (down ? IconArrowDown : IconArrowUp) : IconArrowsSort;
  return (
    <Table.Th
      ta={right ? 'right' : undefined}
      aria-sort={on ? (down ? 'descending' : 'ascending') : 'none'}
    >
      <UnstyledButton
        className={classes.sort}
        data-on={on || undefined}
        onClick={() => onSort(down ? name : (`-${name}` as Sort))}
      >
        {label}
        <Icon size={13} stroke={2} />
      </UnstyledButton>
    </Table.Th>
  );
}

/** A run that succeeded is done, even when it had steps to skip. */
function share(run: Run): number {
  if (run.status === 'succeeded') return 100;
  return run.steps_total ? (run.steps_done / run.steps_total) * 100 : 0;
}

function RunRow({ run, selection }: { run: Run; selection?: Selection }) {
  const { t } = useTranslation('runs');
  const navigate = useNavigate();
  const active = run.status === 'running' || run.status === 'queued';
  return (
    <Table.Tr
      className={classes.row}
      onClick={(event) => {
        if ((event.target as HTMLElement).closest('a, button, input')) return;
        void navigate({ to: '/runs/$runId', params: { runId: run.id } });
      }}
      data-testid="run-row"
      data-run={run.id}
      data-run-status={run.status}
      data-selected={selection?.has(run.id) || undefined}
    >
      {selection && (
        <Table.Td>
          <Checkbox
            size="xs"
            aria-label={t('bulk.select', { name: run.flow_title || run.flow_name })}
            checked={selection.has(run.id)}
            onChange={() => selection.toggle(run.id)}
            data-testid="select-run"
          />
        </Table.Td>
      )}
      <Table.Td>
        <Group gap={4} wrap="nowrap">
          <StatusBadge status={isPaused(run) ? 'paused' : run.status} />
          {run.late && (
            <Tooltip label={t('late.help')}>
              <IconClockExclamation
                size={16}
                className={classes.late}
                role="img"
                aria-label={t('late.mark')}
              />
            </Tooltip>
          )}
        </Group>
      </Table.Td>
      <Table.Td maw={360}>
        <Link to="/runs/$runId" params={{ runId: run.id }} className={classes.title}>
          {run.flow_title || run.flow_name}
        </Link>
        <Text size="xs" className={classes.muted} truncate>
          <span className={classes.id}>{shortId(run.id)}</span>
          {' · '}
          {run.flow_version ? `v${run.flow_version}` : t('draft')}
          {run.retry_of && ` · ${t('detail.retry', { id: shortId(run.retry_of) })}`}
          {run.parent && ` · ${t('detail.childOf', { id: shortId(run.parent.run_id) })}`}
          {active && run.why && ` · ${saidText(run.why)}`}
          {run.error && <span className={classes.error}>{` · ${said(run.error)}`}</span>}
        </Text>
      </Table.Td>
      <Table.Td className={classes.nowrap}>
        <TimeAgo value={run.started_at ?? run.created_at} />
      </Table.Td>
      <Table.Td ta="right" className={classes.nowrap}>
        <Duration from={run.started_at} to={run.ended_at} live={active} />
      </Table.Td>
      <Table.Td>
        <Group gap={8} wrap="nowrap">
          <Progress
            value={share(run)}
            size={4}
            w={56}
            flex="none"
            color={run.status === 'failed' ? 'red' : run.status === 'succeeded' ? 'green' : 'blue'}
            aria-label={t('column.steps')}
          />
          <Text size="xs" className={classes.nowrap}>
            <StepCount run={run} className={classes.muted} />
          </Text>
        </Group>
      </Table.Td>
      <Table.Td className={classes.nowrap}>
        <Text size="sm">
          {t(`trigger.${run.trigger.type}`, { defaultValue: run.trigger.type })}
        </Text>
        <Text size="xs" className={classes.muted}>
          {run.by}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}
