import { Anchor, Button, Skeleton, Stack, Table, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconDatabase, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Connection, ConnectionKind } from '@/api';
import { useCan } from '@/auth/session';
import { said } from '@/lib/problems';
import { EmptyState } from '@/ui/EmptyState';
import { Page } from '@/ui/Page';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { TableCard } from '@/ui/TableCard';
import { TimeAgo } from '@/ui/Time';
import { ConnectionModal } from './ConnectionModal';
import { ConnectionState } from './ConnectionState';
import { connectionsQuery, kindsQuery } from './queries';

/** The tenant's ways to other systems. */
export function ConnectionsPage() {
  const { t } = useTranslation('connections');
  const mayWrite = useCan('connection.write');
  const connections = useQuery(connectionsQuery);
  const kinds = useQuery(kindsQuery);
  const [creating, creation] = useDisclosure(false);
  const create = mayWrite && (
    <Button
      leftSection={<IconPlus size={16} />}
      onClick={creation.open}
      data-testid="connection-create"
    >
      {t('create')}
    </Button>
  );
  const empty = connections.data?.length === 0;
  return (
    <Page title={t('title')} description={t('description')} actions={!empty && create}>
      {connections.error && (
        <ProblemAlert error={connections.error} onRetry={() => void connections.refetch()} />
      )}
      {connections.isPending && (
        <Stack gap={8} aria-busy="true">
          {['a', 'b', 'c'].map((row) => (
            <Skeleton key={row} h={52} />
          ))}
        </Stack>
      )}
      {empty && (
        <EmptyState icon={IconDatabase} title={t('empty.title')} actions={create}>
          {t('empty.text')}
        </EmptyState>
      )}
      {connections.data && !empty && (
        <TableCard label={t('title')}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('column.name')}</Table.Th>
              <Table.Th>{t('column.kind')}</Table.Th>
              <Table.Th>{t('column.target')}</Table.Th>
              <Table.Th>{t('column.state')}</Table.Th>
              <Table.Th>{t('column.tested')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {connections.data.map((each) => (
              <Row key={each.name} connection={each} kinds={kinds.data ?? []} />
            ))}
          </Table.Tbody>
        </TableCard>
      )}
      {creating && <ConnectionModal opened onClose={creation.close} />}
    </Page>
  );
}

function Row({ connection, kinds }: { connection: Connection; kinds: ConnectionKind[] }) {
  const { i18n } = useTranslation('connections');
  const language = i18n.language === 'zh' ? 'zh' : 'en';
  const navigate = useNavigate();
  const kind = kinds.find((each) => each.name === connection.kind);
  return (
    // The keyboard has the link in it.
    <Table.Tr
      data-testid="connection-row"
      data-name={connection.name}
      style={{ cursor: 'pointer' }}
      onClick={(event) => {
        const text = window.getSelection()?.toString(); // somebody takes it for the clipboard
        if (text || (event.target as HTMLElement).closest('a')) return;
        void navigate({ to: `/connections/${connection.name}` });
      }}
    >
      <Table.Td>
        <Anchor
          component={Link}
          to={`/connections/${connection.name}`}
          c="inherit"
          fw={550}
          size="sm"
          data-testid="connection-link"
        >
          {connection.name}
        </Anchor>
        {connection.title && (
          <Text size="xs" style={{ color: 'var(--app-muted)' }}>
            {connection.title}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Text size="sm">{kind?.title[language] ?? connection.kind}</Text>
      </Table.Td>
      <Table.Td maw={360}>
        <Text size="sm" ff="monospace" fz={12} truncate title={connection.target}>
          {connection.target}
        </Text>
      </Table.Td>
      <Table.Td>
        <span title={connection.last_test && said(connection.last_test)}>
          <ConnectionState test={connection.last_test} />
        </span>
      </Table.Td>
      <Table.Td>
        {connection.last_test ? <TimeAgo value={connection.last_test.at} /> : '–'}
      </Table.Td>
    </Table.Tr>
  );
}
