import { Button, Group, Modal, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { duplicateFlow, type FlowSummary, keys, toApiError } from '@/api';
import { notifySuccess } from '@/ui/notify';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { FlowNameFields, type NameValues, nameRules, showNameProblem } from './FlowNameFields';

interface Props {
  flow: FlowSummary;
  opened: boolean;
  onClose: () => void;
}

export function DuplicateFlowModal({ flow, opened, onClose }: Props) {
  const { t } = useTranslation('flows');
  const client = useQueryClient();
  const form = useForm<NameValues>({
    initialValues: {
      title: t('duplicate.copyOf', { title: flow.title || flow.name }),
      name: `${flow.name}-copy`,
      own: true,
    },
    validate: nameRules(t),
  });
  const copy = useMutation({
    mutationFn: ({ name, title }: NameValues) => duplicateFlow(flow.id, name, title.trim()),
    onSuccess: async (created) => {
      notifySuccess(t('duplicate.done', { title: created.title || created.name }));
      close();
      await client.invalidateQueries({ queryKey: keys.flows });
    },
    onError: (error) => showNameProblem(form, toApiError(error)),
  });
  const close = () => {
    form.reset();
    copy.reset();
    onClose();
  };

  return (
    <Modal opened={opened} onClose={close} title={t('duplicate.heading')}>
      <form onSubmit={form.onSubmit((values) => copy.mutate(values))} noValidate>
        <Stack>
          <FlowNameFields form={form} />
          {copy.error && !form.errors.name && <ProblemAlert error={copy.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {t('common:action.cancel')}
            </Button>
            <Button type="submit" loading={copy.isPending} data-testid="flow-duplicate-confirm">
              {t('duplicate.confirm')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
