import { Button, Group, Modal, Stack, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { buildEnvironment, createEnvironment, keys, toApiError } from '@/api';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { environmentName, linesOf } from './requirements';

/** Makes an environment and builds it at once. */
export function CreateEnvironmentModal({
  opened,
  onClose,
}: {
  opened: boolean;
  onClose: () => void;
}) {
  const { t } = useTranslation('environments');
  const client = useQueryClient();
  const navigate = useNavigate();
  const form = useForm({
    initialValues: { name: '', title: '', requirements: '' },
    validate: { name: (value) => (environmentName.test(value) ? null : t('new.nameMissing')) },
  });
  const creation = useMutation({
    mutationFn: async ({ name, title, requirements }: typeof form.values) => {
      await createEnvironment(name, {
        title: title.trim(),
        requirements: linesOf(requirements),
      });
      return buildEnvironment(name);
    },
    onSuccess: async (version, { name }) => {
      close();
      await client.invalidateQueries({ queryKey: keys.environments });
      await navigate({
        to: '/environments/$name',
        params: { name },
        search: { tab: 'log', version: version.version },
      });
    },
    onError: (error) => {
      const { name } = toApiError(error).byField();
      if (name) form.setFieldError('name', name);
    },
  });
  const close = () => {
    form.reset();
    creation.reset();
    onClose();
  };
  return (
    <Modal opened={opened} onClose={close} title={t('new.title')} size="lg">
      <form onSubmit={form.onSubmit((values) => creation.mutate(values))} noValidate>
        <Stack>
          <TextInput
            label={t('new.name')}
            description={t('new.nameHelp')}
            required
            data-autofocus
            autoComplete="off"
            spellCheck={false}
            data-testid="environment-name"
            {...form.getInputProps('name')}
          />
          <TextInput
            label={t('new.displayTitle')}
            data-testid="environment-title"
            {...form.getInputProps('title')}
          />
          <Textarea
            label={t('new.requirements')}
            description={t('new.requirementsHelp')}
            placeholder={'polars>=1,<2\nhumanize'}
            autosize
            minRows={4}
            maxRows={14}
            spellCheck={false}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
            data-testid="environment-requirements"
            {...form.getInputProps('requirements')}
          />
          {creation.error && !form.errors.name && <ProblemAlert error={creation.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {t('common:action.cancel')}
            </Button>
            <Button
              type="submit"
              loading={creation.isPending}
              data-testid="environment-create-confirm"
            >
              {t('new.submit')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
