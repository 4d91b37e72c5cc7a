import { Badge, Group, Table, Text, Tooltip } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { FlowSummary } from '@/api';
import { StatusBadge } from '@/ui/StatusBadge';
import { TableCard } from '@/ui/TableCard';
import { TimeAgo } from '@/ui/Time';
import { FlowMenu } from './FlowMenu';
import classes from './FlowsTable.module.css';

export function FlowsTable({ flows, mayWrite }: { flows: FlowSummary[]; mayWrite: boolean }) {
  const { t } = useTranslation('flows');
  return (
    <TableCard label={t('title')}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('column.flow')}</Table.Th>
          <Table.Th>{t('column.lastRun')}</Table.Th>
          <Table.Th>{t('column.version')}</Table.Th>
          <Table.Th ta="right">{t('column.nodes')}</Table.Th>
          <Table.Th>{t('column.updated')}</Table.Th>
          <Table.Th w={52} aria-label={t('common:action.more')} />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {flows.map((flow) => (
          <FlowRow key={flow.id} flow={flow} mayWrite={mayWrite} />
        ))}
      </Table.Tbody>
    </TableCard>
  );
}

function FlowRow({ flow, mayWrite }: { flow: FlowSummary; mayWrite: boolean }) {
  const { t } = useTranslation('flows');
  const navigate = useNavigate();
  const open = () => void navigate({ to: '/flows/$flowId', params: { flowId: flow.id } });
  return (
    <Table.Tr
      className={classes.row}
      onClick={(event) => {
        // The row is a shortcut for the mouse; the link in it serves everybody else.
        if (!(event.target as HTMLElement).closest('a, button, [role=menu]')) open();
      }}
      data-testid="flow-row"
      data-flow={flow.name}
    >
      <Table.Td maw={420}>
        <Link to="/flows/$flowId" params={{ flowId: flow.id }} className={classes.title}>
          {flow.title || flow.name}
        </Link>
        <Group gap={6} wrap="nowrap" mt={2}>
          <Text size="xs" ff="monospace" className={classes.name} truncate>
            {flow.name}
          </Text>
          {Object.entries(flow.labels ?? {})
            .slice(0, 3)
            .map(([key, value]) => (
              <Badge key={key} size="xs" variant="default" tt="none" fw={500}>
                {key}: {value}
              </Badge>
            ))}
        </Group>
        {flow.description && (
          <Text size="xs" className={classes.name} lineClamp={1} mt={2}>
            {flow.description}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        {flow.last_run ? (
          <Group gap={10} wrap="nowrap">
            <Link
              to="/runs/$runId"
              params={{ runId: flow.last_run.id }}
              className={classes.run}
              aria-label={t('openRun', { status: t(`common:status.${flow.last_run.status}`) })}
            >
              <StatusBadge status={flow.last_run.status} />
            </Link>
            <Text size="sm" className={classes.name} style={{ whiteSpace: 'nowrap' }}>
              <TimeAgo value={flow.last_run.created_at} />
            </Text>
          </Group>
        ) : (
          <Text size="sm" className={classes.name}>
            {t('neverRun')}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Version flow={flow} />
      </Table.Td>
      <Table.Td ta="right" className="tabular">
        {flow.node_count}
      </Table.Td>
      <Table.Td style={{ whiteSpace: 'nowrap' }}>
        <Text size="sm">
          <TimeAgo value={flow.updated_at} />
        </Text>
        <Text size="xs" className={classes.name}>
          {flow.updated_by}
        </Text>
      </Table.Td>
      <Table.Td>
        <FlowMenu flow={flow} mayWrite={mayWrite} />
      </Table.Td>
    </Table.Tr>
  );
}

function Version({ flow }: { flow: FlowSummary }) {
  const { t } = useTranslation('flows');
  if (!flow.published_version) {
    return (
      <Badge variant="default" tt="none" fw={500}>
        {t('draft')}
      </Badge>
    );
  }
  return (
    <Group gap={6} wrap="nowrap">
      <Badge variant="light" tt="none" fw={550}>
        v{flow.published_version}
      </Badge>
      {flow.draft_changed && (
        <Tooltip label={t('changed')}>
          <Text size="xs" className={classes.name} style={{ whiteSpace: 'nowrap' }}>
            {t('changedShort')}
          </Text>
        </Tooltip>
      )}
    </Group>
  );
}
