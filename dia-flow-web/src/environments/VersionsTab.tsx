import { ActionIcon, Badge, Button, Group, Table, Tooltip } from '@mantine/core';
import { modals } from '@mantine/modals';
import { IconFileText, IconHistory } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type Environment, type EnvironmentVersion, keys, rollbackEnvironment } from '@/api';
import { useCan } from '@/auth/session';
import { useFormat } from '@/lib/format';
import { EmptyState } from '@/ui/EmptyState';
import { notifyError, notifySuccess } from '@/ui/notify';
import { TableCard } from '@/ui/TableCard';
import { Duration, TimeAgo } from '@/ui/Time';
import { EnvironmentStatusBadge } from './EnvironmentStatusBadge';

interface Props {
  environment: Environment;
  versions: EnvironmentVersion[];
  onLog: (version: number) => void;
}

/** Every build with what became of it; a ready one can be used again. */
export function VersionsTab({ environment, versions, onLog }: Props) {
  const { t } = useTranslation('environments');
  const format = useFormat();
  const client = useQueryClient();
  const mayWrite = useCan('environment.write');
  const { name } = environment;
  const rollback = useMutation({
    mutationFn: (version: number) => rollbackEnvironment(name, version),
    onSuccess: (now) => {
      client.setQueryData(keys.environment(name), now);
      void client.invalidateQueries({ queryKey: keys.environments, exact: true });
      notifySuccess(t('versions.used', { version: now.version }));
    },
    onError: (error) => notifyError(error),
  });
  const confirm = (version: number) =>
    modals.openConfirmModal({
      title: t('versions.useTitle', { version }),
      children: t('versions.useText', { version }),
      labels: { confirm: t('versions.use'), cancel: t('common:action.cancel') },
      confirmProps: { 'data-testid': 'rollback-confirm' },
      onConfirm: () => rollback.mutate(version),
    });
  if (versions.length === 0) {
    return (
      <EmptyState icon={IconHistory} title={t('versions.none')}>
        {t('versions.noneHelp')}
      </EmptyState>
    );
  }
  return (
    <TableCard label={t('detail.versions')}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('versions.version')}</Table.Th>
          <Table.Th>{t('versions.status')}</Table.Th>
          <Table.Th>{t('versions.built')}</Table.Th>
          <Table.Th>{t('versions.by')}</Table.Th>
          <Table.Th ta="right">{t('versions.took')}</Table.Th>
          <Table.Th ta="right">{t('versions.size')}</Table.Th>
          <Table.Th w={230} aria-label={t('versions.use')} />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {versions.map((each) => (
          <Table.Tr key={each.version} data-testid="version-row" data-version={each.version}>
            <Table.Td className="tabular">
              <Group gap={8}>
                {each.version}
                {each.version === environment.version && (
                  <Badge size="sm" variant="light" tt="none" data-testid="version-in-use">
                    {t('versions.inUse')}
                  </Badge>
                )}
              </Group>
            </Table.Td>
            <Table.Td>
              <EnvironmentStatusBadge status={each.status} />
            </Table.Td>
            <Table.Td>
              <TimeAgo value={each.created_at} />
            </Table.Td>
            <Table.Td>{each.created_by}</Table.Td>
            <Table.Td ta="right">
              <Duration
                from={each.created_at}
                to={each.ended_at}
                live={each.status === 'building'}
              />
            </Table.Td>
            <Table.Td ta="right" className="tabular">
              {each.status === 'ready' ? format.bytes(each.size_bytes) : '–'}
            </Table.Td>
            <Table.Td>
              <Group gap={4} justify="flex-end" wrap="nowrap">
                {mayWrite && each.status === 'ready' && each.version !== environment.version && (
                  <Button
                    size="compact-sm"
                    variant="light"
                    onClick={() => confirm(each.version)}
                    data-testid="rollback"
                  >
                    {t('versions.use')}
                  </Button>
                )}
                <Tooltip label={t('versions.log')}>
                  <ActionIcon onClick={() => onLog(each.version)} aria-label={t('versions.log')}>
                    <IconFileText size={17} stroke={1.6} />
                  </ActionIcon>
                </Tooltip>
              </Group>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </TableCard>
  );
}
