import { ActionIcon, Badge, Button, Group, Skeleton, Table, Text, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { modals } from '@mantine/modals';
import { IconKey, IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { keys, listTokens, revokeToken, type Token } from '@/api';
import { useFormat } from '@/lib/format';
import { EmptyState } from '@/ui/EmptyState';
import { notifyError, notifySuccess } from '@/ui/notify';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { TableCard } from '@/ui/TableCard';
import { TimeAgo } from '@/ui/Time';
import { CreateTokenModal } from './CreateTokenModal';

/** Tokens with which machines use the API. */
export function TokensTab() {
  const { t } = useTranslation('settings');
  const client = useQueryClient();
  const [creating, creation] = useDisclosure(false);
  const tokens = useQuery({ queryKey: keys.tokens, queryFn: ({ signal }) => listTokens(signal) });
  const revocation = useMutation({
    mutationFn: (token: Token) => revokeToken(token.id),
    onSuccess: async (_, token) => {
      notifySuccess(t('tokens.revoked', { name: token.name }));
      await client.invalidateQueries({ queryKey: keys.tokens });
    },
    onError: (error) => notifyError(error),
  });
  const confirm = (token: Token) =>
    modals.openConfirmModal({
      title: t('tokens.revokeTitle', { name: token.name }),
      children: t('tokens.revokeText'),
      labels: { confirm: t('tokens.revoke'), cancel: t('common:action.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () => revocation.mutate(token),
    });
  const create = (
    <Button leftSection={<IconPlus size={16} />} onClick={creation.open} data-testid="token-create">
      {t('tokens.create')}
    </Button>
  );

  return (
    <>
      <Group justify="space-between" mb="md" wrap="nowrap">
        <Text size="sm" style={{ color: 'var(--app-muted)' }}>
          {t('tokens.text')}
        </Text>
        {tokens.data?.length ? create : null}
      </Group>
      {tokens.error && <ProblemAlert error={tokens.error} onRetry={() => void tokens.refetch()} />}
      {tokens.isPending && <Skeleton h={120} />}
      {tokens.data?.length === 0 && (
        <EmptyState icon={IconKey} title={t('tokens.none')} actions={create} compact>
          {t('tokens.noneHelp')}
        </EmptyState>
      )}
      {tokens.data && tokens.data.length > 0 && (
        <TableCard label={t('tab.tokens')}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('tokens.name')}</Table.Th>
              <Table.Th>{t('tokens.permissions')}</Table.Th>
              <Table.Th>{t('tokens.lastUsed')}</Table.Th>
              <Table.Th>{t('tokens.expires')}</Table.Th>
              <Table.Th w={52} aria-label={t('tokens.revoke')} />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {tokens.data.map((token) => (
              <Row key={token.id} token={token} onRevoke={() => confirm(token)} />
            ))}
          </Table.Tbody>
        </TableCard>
      )}
      <CreateTokenModal opened={creating} onClose={creation.close} />
    </>
  );
}

function Row({ token, onRevoke }: { token: Token; onRevoke: () => void }) {
  const { t } = useTranslation('settings');
  const format = useFormat();
  const expired = token.expires_at ? new Date(token.expires_at).getTime() < Date.now() : false;
  return (
    <Table.Tr data-testid="token-row">
      <Table.Td>
        <Text size="sm" fw={550}>
          {token.name}
        </Text>
        <Text size="xs" style={{ color: 'var(--app-muted)' }}>
          {t('tokens.created')} <TimeAgo value={token.created_at} />
        </Text>
      </Table.Td>
      <Table.Td maw={280}>
        <Group gap={4}>
          {(token.permissions ?? []).slice(0, 4).map((permission) => (
            <Badge key={permission} size="sm" variant="default" tt="none" fw={500}>
              {permission}
            </Badge>
          ))}
          {(token.permissions?.length ?? 0) > 4 && (
            <Tooltip label={token.permissions?.slice(4).join(', ')}>
              <Text size="xs">+{(token.permissions?.length ?? 0) - 4}</Text>
            </Tooltip>
          )}
        </Group>
      </Table.Td>
      <Table.Td>
        <Text size="sm">
          {token.last_used_at ? <TimeAgo value={token.last_used_at} /> : t('tokens.neverUsed')}
        </Text>
      </Table.Td>
      <Table.Td>
        <Text size="sm" c={expired ? 'red' : undefined}>
          {token.expires_at ? format.dateTime(token.expires_at) : t('tokens.never')}
        </Text>
      </Table.Td>
      <Table.Td>
        <ActionIcon
          color="red"
          onClick={onRevoke}
          aria-label={t('tokens.revokeOf', { name: token.name })}
          data-testid="token-revoke"
        >
          <IconTrash size={18} stroke={1.6} />
        </ActionIcon>
      </Table.Td>
    </Table.Tr>
  );
}
