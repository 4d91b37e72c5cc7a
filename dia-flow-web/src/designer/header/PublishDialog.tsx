import { Alert, Button, Group, List, Modal, Stack, Text, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keys, toApiError } from '@/api';
import { saidIn } from '@/flow-core';
import { said } from '@/lib/problems';
import { publish } from '../api/flows';
import { useController, useDesigner } from '../state/context';

const conflicting = 'draft_conflict';

export function PublishDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t, i18n } = useTranslation('designer');
  const controller = useController();
  const client = useQueryClient();
  const flowId = useDesigner((s) => s.flow.id);
  const problems = useDesigner((s) => s.problems);
  const [note, setNote] = useState('');
  const refused = useRef(0); // the revision that was asked for last
  const publishing = useMutation({
    mutationFn: async (force: boolean) => {
      await controller.autosave.flush();
      const revision = controller.autosave.saved;
      const same = revision === refused.current;
      refused.current = revision;
      // By force only what was shown to be refused; what has changed since is asked for anew.
      return publish(flowId, revision, note, force && same);
    },
    onError: (failure) => {
      if (toApiError(failure).code !== conflicting) return;
      onClose(); // it is asked which draft it is to be
      void controller.autosave.conflict();
    },
    onSuccess: (version) => {
      void client.invalidateQueries({ queryKey: keys.versions(flowId) });
      const { flow, patch } = controller.store.getState();
      patch({ flow: { ...flow, published_version: version.version } });
      notifications.show({
        color: 'green',
        message: t('publish.done', { version: version.version }),
      });
      setNote('');
      onClose();
    },
  });
  // The answer has its problems in English; the designer has them in the language of who reads.
  const told = (detail: Parameters<typeof said>[0]) => {
    const problem = problems.find((p) => p.message === detail.message);
    return problem ? saidIn(i18n.language, problem) : said(detail);
  };
  const failure = publishing.error ? toApiError(publishing.error) : undefined;
  const error = failure?.code === conflicting ? undefined : failure;
  const forceable = error?.code === 'publish_needs_force';
  return (
    <Modal opened={opened} onClose={onClose} title={t('publish.title')}>
      <Stack>
        <Textarea
          label={t('publish.note')}
          placeholder={t('publish.placeholder')}
          autosize
          minRows={3}
          data-autofocus
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          data-testid="publish-note"
        />
        {error && (
          <Alert
            color="red"
            title={
              forceable || error.code === 'flow_invalid' ? t('publish.invalid') : error.message
            }
          >
            <List size="sm">
              {error.details.map((detail) => (
                <List.Item key={`${detail.node}${detail.field}${detail.message}`}>
                  {detail.node && <b>{detail.node}: </b>}
                  {told(detail)}
                </List.Item>
              ))}
            </List>
            {forceable && (
              <Text size="sm" mt="xs">
                {t('publish.forceable')}
              </Text>
            )}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('action.cancel')}
          </Button>
          {forceable && (
            <Button
              variant="light"
              color="red"
              loading={publishing.isPending}
              onClick={() => publishing.mutate(true)}
              data-testid="publish-force"
            >
              {t('publish.anyway')}
            </Button>
          )}
          <Button
            loading={publishing.isPending}
            onClick={() => publishing.mutate(false)}
            data-testid="publish-confirm"
          >
            {t('header.publish')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
