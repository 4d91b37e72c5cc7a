import { Button, List, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { modals } from '@mantine/modals';
import { IconChevronRight, IconPencil, IconPlugConnected, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import {
  type Connection,
  type ConnectionUse,
  deleteConnection,
  keys,
  listConnectionUses,
  testConnection,
} from '@/api';
import { ErrorScreen } from '@/app/ErrorScreen';
import { Pending } from '@/app/Pending';
import { useCan } from '@/auth/session';
import crumbs from '@/runs/detail/detail.module.css';
import { notifyError, notifySuccess } from '@/ui/notify';
import { Page } from '@/ui/Page';
import { Browser } from './Browser';
import { ConnectionModal } from './ConnectionModal';
import { ConnectionState, TestResult } from './ConnectionState';
import classes from './connections.module.css';
import { failing } from './failing';
import { connectionQuery } from './queries';

export function ConnectionPage() {
  const { name } = useParams({ from: '/inside/connections/$name' });
  const { data, error } = useQuery(connectionQuery(name));
  if (error) return <ErrorScreen error={error} />;
  return data ? <ConnectionScreen key={name} connection={data} /> : <Pending />;
}

function ConnectionScreen({ connection }: { connection: Connection }) {
  const { t } = useTranslation('connections');
  const { name } = connection;
  const client = useQueryClient();
  const mayUse = useCan('connection.use');
  const mayWrite = useCan('connection.write');
  const [editing, editor] = useDisclosure(false);
  const test = useMutation({
    mutationFn: () => testConnection(name),
    onSuccess: (result) => {
      client.setQueryData(keys.connection(name), { ...connection, last_test: result });
      void client.invalidateQueries({ queryKey: keys.connections });
    },
    onError: (error) => notifyError(error),
  });
  return (
    <Page
      windowTitle={connection.title || name}
      title={<Heading connection={connection} />}
      description={connection.target}
      actions={
        <>
          {mayUse && !connection.last_test && (
            <Button
              variant="default"
              leftSection={<IconPlugConnected size={16} />}
              onClick={() => test.mutate()}
              loading={test.isPending}
              data-testid="connection-test"
            >
              {t('test.run')}
            </Button>
          )}
          {mayWrite && (
            <>
              <Button
                variant="default"
                leftSection={<IconPencil size={16} />}
                onClick={editor.open}
                data-testid="connection-edit"
              >
                {t('edit')}
              </Button>
              <Removal name={name} />
            </>
          )}
        </>
      }
    >
      <Stack gap="lg">
        {connection.last_test && (
          <TestResult
            test={connection.last_test}
            onAgain={mayUse ? () => test.mutate() : undefined}
            busy={test.isPending}
          />
        )}
        {mayUse && !failing(connection) && (
          <Browser key={connection.revision} name={name} kind={connection.kind} />
        )}
      </Stack>
      {editing && <ConnectionModal opened onClose={editor.close} connection={connection} />}
    </Page>
  );
}

function Heading({ connection }: { connection: Connection }) {
  const { t } = useTranslation('connections');
  return (
    <div>
      <nav className={`${crumbs.crumbs} ${classes.crumbs}`} aria-label={t('back')}>
        <Link to="/connections">{t('title')}</Link>
        <IconChevronRight size={14} />
        <span className={crumbs.id}>{connection.name}</span>
      </nav>
      <Title order={1} fz={22} lh="32px" style={{ display: 'flex', gap: 12, alignItems: 'center' }}>
        {connection.title || connection.name}
        <ConnectionState test={connection.last_test} />
      </Title>
    </div>
  );
}

/** Asks first, and says which flows would fail. */
function Removal({ name }: { name: string }) {
  const { t } = useTranslation('connections');
  const client = useQueryClient();
  const navigate = useNavigate();
  const removal = useMutation({
    mutationFn: (force: boolean) => deleteConnection(name, force),
    onSuccess: async () => {
      notifySuccess(t('remove.done', { name }));
      await navigate({ to: '/connections' });
      client.removeQueries({ queryKey: keys.connection(name) });
      await client.invalidateQueries({ queryKey: keys.connections });
    },
    onError: (error) => notifyError(error),
  });
  const asking = useMutation({
    mutationFn: () => listConnectionUses(name),
    onSuccess: (uses) =>
      modals.openConfirmModal({
        title: t('remove.title', { name }),
        children: <Consequences uses={uses} />,
        labels: {
          confirm: t(uses.length > 0 ? 'remove.anyway' : 'common:action.delete'),
          cancel: t('common:action.cancel'),
        },
        confirmProps: { color: 'red', 'data-testid': 'connection-delete-confirm' },
        onConfirm: () => removal.mutate(uses.length > 0),
      }),
    onError: (error) => notifyError(error),
  });
  return (
    <Button
      color="red"
      variant="light"
      leftSection={<IconTrash size={16} />}
      onClick={() => asking.mutate()}
      loading={asking.isPending || removal.isPending}
      data-testid="connection-delete"
    >
      {t('common:action.delete')}
    </Button>
  );
}

function Consequences({ uses }: { uses: ConnectionUse[] }) {
  const { t } = useTranslation('connections');
  if (uses.length === 0) return <Text size="sm">{t('remove.unused')}</Text>;
  return (
    <Stack gap="xs" data-testid="connection-uses">
      <Text size="sm">{t('remove.used', { count: uses.length })}</Text>
      <List size="sm">
        {uses.map((use) => (
          <List.Item key={use.flow_id}>
            {use.flow_title || use.flow_name} ({use.nodes.join(', ')})
          </List.Item>
        ))}
      </List>
      <Text size="sm">{t('remove.consequence')}</Text>
    </Stack>
  );
}
