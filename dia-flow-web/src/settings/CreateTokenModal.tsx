import {
  Alert,
  Button,
  Checkbox,
  Code,
  Group,
  Modal,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { createToken, keys } from '@/api';
import { useMe } from '@/auth/session';
import { CopyButton } from '@/ui/CopyButton';
import { ProblemAlert } from '@/ui/ProblemAlert';

const lifetimes = ['30', '90', '365', 'never'] as const;
const usual = ['flow.read', 'flow.run', 'run.read', 'artifact.read', 'file.read'];

/** Makes a token and shows it this one time. */
export function CreateTokenModal({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('settings');
  const me = useMe();
  const client = useQueryClient();
  const mine = me?.permissions ?? [];
  const form = useForm({
    initialValues: {
      name: '',
      lifetime: '90',
      permissions: usual.filter((permission) => mine.includes(permission)),
    },
    validate: {
      name: (value) => (value.trim() ? null : t('tokens.nameMissing')),
      permissions: (value) => (value.length ? null : t('tokens.permissionsMissing')),
    },
  });
  const creation = useMutation({
    mutationFn: (values: typeof form.values) =>
      createToken({
        name: values.name.trim(),
        permissions: values.permissions,
        expires_at:
          values.lifetime === 'never'
            ? undefined
            : new Date(Date.now() + Number(values.lifetime) * 86_400_000).toISOString(),
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.tokens }),
  });
  const close = () => {
    form.reset();
    creation.reset();
    onClose();
  };

  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t(creation.isSuccess ? 'tokens.made' : 'tokens.create')}
      size="lg"
      closeOnClickOutside={!creation.isSuccess}
    >
      {creation.data ? (
        <Stack>
          <Alert color="yellow" variant="light" icon={<IconAlertTriangle size={18} />}>
            {t('tokens.once')}
          </Alert>
          <Group gap="xs" wrap="nowrap">
            <Code
              block
              flex={1}
              fz="sm"
              style={{ overflowWrap: 'anywhere', whiteSpace: 'normal' }}
              data-testid="token-value"
            >
              {creation.data.token}
            </Code>
            <CopyButton value={creation.data.token} size={18} />
          </Group>
          <Text size="xs" style={{ color: 'var(--app-muted)' }}>
            {t('tokens.usage')}
          </Text>
          <Code block fz="xs">
            {`curl -H "Authorization: Bearer ${creation.data.token.slice(0, 8)}…" ${window.location.origin}/api/automation/v1/flows`}
          </Code>
          <Group justify="flex-end">
            <Button onClick={close} data-testid="token-done">
              {t('tokens.stored')}
            </Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={form.onSubmit((values) => creation.mutate(values))} noValidate>
          <Stack>
            <TextInput
              label={t('tokens.name')}
              placeholder={t('tokens.nameExample')}
              withAsterisk
              data-autofocus
              data-testid="token-name"
              {...form.getInputProps('name')}
            />
            <Select
              label={t('tokens.expires')}
              data={lifetimes.map((value) => ({ value, label: t(`tokens.lifetime.${value}`) }))}
              allowDeselect={false}
              {...form.getInputProps('lifetime')}
            />
            <Checkbox.Group label={t('tokens.permissions')} {...form.getInputProps('permissions')}>
              <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" mt="xs">
                {mine.map((permission) => (
                  <Checkbox
                    key={permission}
                    value={permission}
                    label={t(`permission.${permission}`, { defaultValue: permission })}
                  />
                ))}
              </SimpleGrid>
            </Checkbox.Group>
            {creation.error && <ProblemAlert error={creation.error} />}
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={close}>
                {t('common:action.cancel')}
              </Button>
              <Button type="submit" loading={creation.isPending} data-testid="token-confirm">
                {t('tokens.create')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
