import {
  Alert,
  Button,
  Group,
  PasswordInput,
  SegmentedControl,
  Stack,
  Text,
  useMantineColorScheme,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconCheck } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { changePassword, toApiError } from '@/api';
import { languageNames } from '@/app/shell/LanguageMenu';
import { schemes } from '@/app/shell/ThemeMenu';
import { useMe } from '@/auth/session';
import { isLanguage, languages, setLanguage } from '@/lib/i18n';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { Section } from './Section';

export function AccountTab() {
  const { t, i18n } = useTranslation('settings');
  const me = useMe();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <>
      <Section title={t('profile.title')}>
        <Group gap={48}>
          <Fact name={t('profile.name')} value={me?.name ?? ''} />
          <Fact
            name={t('profile.roles')}
            value={(me?.roles ?? [])
              .map((role) => t(`common:role.${role}`, { defaultValue: role }))
              .join(', ')}
          />
          <Fact name={t('profile.tenant')} value={me?.tenant ?? ''} />
        </Group>
      </Section>
      <Section title={t('look.title')}>
        <Stack gap="md">
          <Group justify="space-between">
            <Text size="sm">{t('common:settings.theme')}</Text>
            <SegmentedControl
              value={colorScheme}
              onChange={(value) => setColorScheme(value as typeof colorScheme)}
              data={schemes.map(({ value }) => ({ value, label: t(`common:theme.${value}`) }))}
              aria-label={t('common:settings.theme')}
            />
          </Group>
          <Group justify="space-between">
            <Text size="sm">{t('common:settings.language')}</Text>
            <SegmentedControl
              value={isLanguage(i18n.language) ? i18n.language : 'en'}
              onChange={(value) => isLanguage(value) && void setLanguage(value)}
              data={languages.map((value) => ({ value, label: languageNames[value] }))}
              aria-label={t('common:settings.language')}
            />
          </Group>
        </Stack>
      </Section>
      <PasswordSection />
    </>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <Text size="xs" style={{ color: 'var(--app-muted)' }}>
        {name}
      </Text>
      <Text size="sm" fw={550}>
        {value || '–'}
      </Text>
    </div>
  );
}

const least = 8; // as the server asks

function PasswordSection() {
  const { t } = useTranslation('settings');
  const form = useForm({
    initialValues: { current: '', next: '', again: '' },
    validate: {
      current: (value) => (value ? null : t('password.currentMissing')),
      next: (value) => (value.length >= least ? null : t('password.short', { count: least })),
      again: (value, values) => (value === values.next ? null : t('password.differs')),
    },
  });
  const change = useMutation({
    mutationFn: (values: { current: string; next: string }) =>
      changePassword(values.current, values.next),
    onSuccess: () => form.reset(),
    onError: (error) => {
      const problem = toApiError(error);
      for (const [field, message] of Object.entries(problem.byField())) {
        const name = field.split('.').at(-1) ?? '';
        if (name === 'current' || name === 'next') form.setFieldError(name, message);
      }
    },
  });
  return (
    <Section title={t('password.title')} text={t('password.text')}>
      <form onSubmit={form.onSubmit((values) => change.mutate(values))} noValidate>
        <Stack maw={400}>
          <PasswordInput
            label={t('password.current')}
            autoComplete="current-password"
            {...form.getInputProps('current')}
          />
          <PasswordInput
            label={t('password.next')}
            autoComplete="new-password"
            {...form.getInputProps('next')}
          />
          <PasswordInput
            label={t('password.again')}
            autoComplete="new-password"
            {...form.getInputProps('again')}
          />
          {change.error && <ProblemAlert error={change.error} />}
          {change.isSuccess && (
            <Alert color="green" variant="light" icon={<IconCheck size={18} />} role="status">
              {t('password.done')}
            </Alert>
          )}
          <Group>
            <Button type="submit" loading={change.isPending} data-testid="password-submit">
              {t('password.submit')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}
