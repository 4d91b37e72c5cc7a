import { ActionIcon, Button, FileButton, Group, Skeleton, Table, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { IconPackage, IconTrash, IconUpload } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { deleteWheel, keys, listWheels, uploadWheel } from '@/api';
import { useCan } from '@/auth/session';
import { useFormat } from '@/lib/format';
import { EmptyState } from '@/ui/EmptyState';
import { notifyError, notifySuccess } from '@/ui/notify';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { TableCard } from '@/ui/TableCard';
import { TimeAgo } from '@/ui/Time';

/** Packages of one's own, which no index has. */
export function WheelsTab() {
  const { t } = useTranslation('environments');
  const format = useFormat();
  const client = useQueryClient();
  const mayWrite = useCan('environment.write');
  const wheels = useQuery({ queryKey: keys.wheels, queryFn: ({ signal }) => listWheels(signal) });
  const uploading = useMutation({
    mutationFn: async (files: File[]) => {
      for (const file of files) {
        // One that is refused does not keep the others from being uploaded.
        try {
          const { replaced } = await uploadWheel(file);
          notifySuccess(t(replaced ? 'wheels.replaced' : 'wheels.done', { name: file.name }));
        } catch (error) {
          notifyError(error, file.name);
        }
      }
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.wheels }),
  });
  const removal = useMutation({
    mutationFn: deleteWheel,
    onSuccess: async (_, name) => {
      notifySuccess(t('wheels.deleted', { name }));
      await client.invalidateQueries({ queryKey: keys.wheels });
    },
    onError: (error) => notifyError(error),
  });
  const confirm = (name: string) =>
    modals.openConfirmModal({
      title: t('wheels.deleteTitle', { name }),
      children: t('wheels.deleteText'),
      labels: { confirm: t('common:action.delete'), cancel: t('common:action.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () => removal.mutate(name),
    });
  const upload = mayWrite && (
    <FileButton multiple accept=".whl" onChange={(files) => uploading.mutate(files)}>
      {(button) => (
        <Button
          {...button}
          loading={uploading.isPending}
          leftSection={<IconUpload size={16} />}
          data-testid="wheel-upload"
        >
          {t('wheels.upload')}
        </Button>
      )}
    </FileButton>
  );
  if (wheels.isPending) return <Skeleton h={120} />;
  if (wheels.error) {
    return <ProblemAlert error={wheels.error} onRetry={() => void wheels.refetch()} />;
  }
  if (wheels.data.length === 0) {
    return (
      <EmptyState icon={IconPackage} title={t('wheels.none')} actions={upload}>
        {t('wheels.noneHelp')}
      </EmptyState>
    );
  }
  return (
    <>
      <Group justify="space-between" mb="md" wrap="nowrap">
        <Text size="sm" style={{ color: 'var(--app-muted)' }}>
          {t('wheels.text')}
        </Text>
        {upload}
      </Group>
      <TableCard label={t('tab.wheels')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('wheels.name')}</Table.Th>
            <Table.Th ta="right">{t('wheels.size')}</Table.Th>
            <Table.Th>{t('wheels.uploaded')}</Table.Th>
            <Table.Th>{t('wheels.by')}</Table.Th>
            <Table.Th w={52} aria-label={t('common:action.delete')} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {wheels.data.map((wheel) => (
            <Table.Tr key={wheel.name} data-testid="wheel-row">
              <Table.Td>
                <Text size="sm" ff="monospace" fz={12}>
                  {wheel.name}
                </Text>
              </Table.Td>
              <Table.Td ta="right" className="tabular">
                {format.bytes(wheel.size_bytes)}
              </Table.Td>
              <Table.Td>
                <TimeAgo value={wheel.created_at} />
              </Table.Td>
              <Table.Td>{wheel.created_by}</Table.Td>
              <Table.Td>
                {mayWrite && (
                  <ActionIcon
                    color="red"
                    onClick={() => confirm(wheel.name)}
                    aria-label={t('wheels.delete', { name: wheel.name })}
                  >
                    <IconTrash size={18} stroke={1.6} />
                  </ActionIcon>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </TableCard>
    </>
  );
}
