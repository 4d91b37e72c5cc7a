import { Alert, Button, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconAlertCircle } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ApiError, keys, login, toApiError } from '@/api';
import { LanguageMenu } from '@/app/shell/LanguageMenu';
import { ThemeMenu } from '@/app/shell/ThemeMenu';
import { Logo } from '@/ui/Logo';
import classes from './LoginPage.module.css';

export function LoginPage({ onLogin }: { onLogin: () => void }) {
  const { t } = useTranslation('auth');
  const client = useQueryClient();
  const wait = useCountdown();
  const form = useForm({
    initialValues: { name: '', password: '' },
    validate: {
      name: (value) => (value.trim() ? null : t('login.nameMissing')),
      password: (value) => (value ? null : t('login.passwordMissing')),
    },
  });
  const attempt = useMutation({
    mutationFn: (values: { name: string; password: string }) =>
      login(values.name.trim(), values.password),
    onSuccess: async () => {
      await client.resetQueries({ queryKey: keys.me });
      onLogin();
    },
    onError: (error) => {
      const problem = toApiError(error);
      if (problem.status === 429) wait.start(problem.retryAfter ?? 5);
      form.setFieldValue('password', '');
    },
  });

  useEffect(() => {
    document.title = `${t('login.title')} · Dataflow`;
  }, [t]);

  return (
    <main className={classes.page}>
      <div className={classes.corner}>
        <LanguageMenu />
        <ThemeMenu />
      </div>
      <Stack gap="lg" className={classes.column}>
        <Stack gap={10} align="center">
          <Logo size={44} />
          <Title order={1} fz={24} ta="center">
            {t('login.title')}
          </Title>
          <Text size="sm" ta="center" style={{ color: 'var(--app-muted)' }}>
            {t('login.tagline')}
          </Text>
        </Stack>
        <Paper className={classes.card}>
          <form onSubmit={form.onSubmit((values) => attempt.mutate(values))} noValidate>
            <Stack gap="md">
              {attempt.error && (
                <LoginProblem error={toApiError(attempt.error)} seconds={wait.seconds} />
              )}
              <TextInput
                label={t('login.name')}
                autoComplete="username"
                autoCapitalize="none"
                spellCheck={false}
                data-autofocus
                autoFocus
                size="md"
                {...form.getInputProps('name')}
              />
              <PasswordInput
                label={t('login.password')}
                autoComplete="current-password"
                size="md"
                {...form.getInputProps('password')}
              />
              <Button
                type="submit"
                size="md"
                fullWidth
                loading={attempt.isPending}
                disabled={wait.seconds > 0}
                data-testid="login-submit"
              >
                {wait.seconds > 0 ? t('login.wait', { count: wait.seconds }) : t('login.submit')}
              </Button>
            </Stack>
          </form>
        </Paper>
        <Text size="xs" ta="center" style={{ color: 'var(--app-muted)' }}>
          {t('login.firstStart')}
        </Text>
      </Stack>
    </main>
  );
}

function LoginProblem({ error, seconds }: { error: ApiError; seconds: number }) {
  const { t } = useTranslation('auth');
  let text = error.message;
  if (error.status === 429) text = t('login.tooMany', { count: Math.max(seconds, 1) });
  else if (error.status === 401 || error.code === 'login_failed') text = t('login.wrong');
  else if (error.unreachable) text = t('common:error.unreachable');
  return (
    <Alert
      color={error.status === 429 ? 'yellow' : 'red'}
      variant="light"
      icon={<IconAlertCircle size={18} />}
      role="alert"
      data-testid="login-error"
    >
      {text}
    </Alert>
  );
}

/** Whole seconds until the server takes another attempt. */
function useCountdown() {
  const [until, setUntil] = useState(0);
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    if (!until) return;
    const tick = () => {
      const left = Math.max(0, Math.ceil((until - Date.now()) / 1000));
      setSeconds(left);
      if (left === 0) setUntil(0);
    };
    tick();
    const timer = setInterval(tick, 250);
    return () => clearInterval(timer);
  }, [until]);
  return { seconds, start: (count: number) => setUntil(Date.now() + count * 1000) };
}
