import { Button, Group, Modal, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { createFlow, keys, toApiError } from '@/api';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { FlowNameFields, type NameValues, nameRules, showNameProblem } from './FlowNameFields';

export function CreateFlowModal({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('flows');
  const client = useQueryClient();
  const navigate = useNavigate();
  const form = useForm<NameValues>({
    initialValues: { title: '', name: '', own: false },
    validate: nameRules(t),
  });
  const creation = useMutation({
    mutationFn: ({ title, name }: NameValues) =>
      createFlow({
        apiVersion: 'dataflow/v1',
        kind: 'Flow',
        metadata: { name, title: title.trim() },
        spec: { nodes: [] },
      }),
    onSuccess: async (flow) => {
      await client.invalidateQueries({ queryKey: keys.flows });
      await navigate({ to: '/flows/$flowId', params: { flowId: flow.id } });
    },
    onError: (error) => showNameProblem(form, toApiError(error)),
  });
  const close = () => {
    form.reset();
    creation.reset();
    onClose();
  };
  const shownAtField = Boolean(form.errors.name);

  return (
    <Modal opened={opened} onClose={close} title={t('create.heading')}>
      <form onSubmit={form.onSubmit((values) => creation.mutate(values))} noValidate>
        <Stack>
          <FlowNameFields form={form} />
          {creation.error && !shownAtField && <ProblemAlert error={creation.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {t('common:action.cancel')}
            </Button>
            <Button type="submit" loading={creation.isPending} data-testid="flow-create-confirm">
              {t('create.confirm')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
