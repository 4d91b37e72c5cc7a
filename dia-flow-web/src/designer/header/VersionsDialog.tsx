import { Alert, Badge, Button, Group, Loader, Modal, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keys, toApiError } from '@/api';
import { useFormat } from '@/lib/format';
import { getFlow, getVersions, restoreVersion } from '../api/flows';
import { useController, useDesigner } from '../state/context';

export function VersionsDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('designer');
  const format = useFormat();
  const controller = useController();
  const flow = useDesigner((s) => s.flow);
  const [asked, setAsked] = useState<number | null>(null);
  const versions = useQuery({
    queryKey: keys.versions(flow.id),
    queryFn: () => getVersions(flow.id),
    enabled: opened,
  });
  const restore = useMutation({
    mutationFn: async (version: number) => {
      await controller.autosave.flush();
      await restoreVersion(flow.id, version);
      return (await getFlow(flow.id)).draft;
    },
    onSuccess: (draft) => {
      controller.takeTheirs(draft);
      setAsked(null);
      onClose();
    },
  });
  const items = versions.data?.items ?? [];
  const problem = versions.error ?? restore.error;
  return (
    <Modal opened={opened} onClose={onClose} title={t('versions.title')} size="lg">
      <Stack gap="xs">
        {problem && <Alert color="red">{toApiError(problem).message}</Alert>}
        {versions.isPending && <Loader size="sm" mx="auto" />}
        {versions.data && items.length === 0 && (
          <Text c="var(--app-muted)" fz="sm" ta="center" py="lg">
            {t('versions.none')}
          </Text>
        )}
        {items.map((item) => (
          <Group
            key={item.version}
            wrap="nowrap"
            p="sm"
            style={{ border: '1px solid var(--app-line)', borderRadius: 8 }}
          >
            <Badge variant="light" tt="none">
              v{item.version}
            </Badge>
            <div style={{ flex: 1, minWidth: 0 }}>
              <Text fz="sm">{item.note || t('versions.no_note')}</Text>
              <Text fz="xs" c="var(--app-muted)">
                {format.dateTime(item.created_at)} · {item.created_by}
              </Text>
            </div>
            {asked === item.version ? (
              <Button
                size="xs"
                loading={restore.isPending}
                onClick={() => restore.mutate(item.version)}
              >
                {t('versions.confirm')}
              </Button>
            ) : (
              <Button size="xs" variant="default" onClick={() => setAsked(item.version)}>
                {t('versions.restore')}
              </Button>
            )}
          </Group>
        ))}
      </Stack>
    </Modal>
  );
}
