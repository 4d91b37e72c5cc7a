import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Trans, useTranslation } from 'react-i18next';
import { deleteFlow, type FlowSummary, keys } from '@/api';
import { notifySuccess } from '@/ui/notify';
import { ProblemAlert } from '@/ui/ProblemAlert';

interface Props {
  flow: FlowSummary;
  opened: boolean;
  onClose: () => void;
}

/** Asks before a flow goes; a published one, which others may rely on, must be named. */
export function DeleteFlowModal({ flow, opened, onClose }: Props) {
  const { t } = useTranslation('flows');
  const client = useQueryClient();
  const [typed, setTyped] = useState('');
  const mustType = flow.published_version > 0;
  const title = flow.title || flow.name;
  const removal = useMutation({
    mutationFn: () => deleteFlow(flow.id),
    onSuccess: async () => {
      close();
      notifySuccess(t('delete.done', { title }));
      await client.invalidateQueries({ queryKey: keys.flows });
    },
  });
  const close = () => {
    setTyped('');
    removal.reset();
    onClose();
  };

  return (
    <Modal opened={opened} onClose={close} title={t('delete.title', { title })}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          removal.mutate();
        }}
      >
        <Stack>
          <Text size="sm">{t(mustType ? 'delete.textPublished' : 'delete.text')}</Text>
          {mustType && (
            <TextInput
              label={
                <Trans
                  t={t}
                  i18nKey="delete.type"
                  values={{ name: flow.name }}
                  components={{ code: <code /> }}
                />
              }
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              autoComplete="off"
              data-autofocus
            />
          )}
          {removal.error && <ProblemAlert error={removal.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {t('common:action.cancel')}
            </Button>
            <Button
              color="red"
              type="submit"
              loading={removal.isPending}
              disabled={mustType && typed !== flow.name}
              data-autofocus={mustType ? undefined : true}
              data-testid="flow-delete-confirm"
            >
              {t('delete.confirm')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
