import { Button, Center, Code, Group, Stack, Text, Title } from '@mantine/core';
import { IconError404, IconMoodSad } from '@tabler/icons-react';
import { Link, useRouter } from '@tanstack/react-router';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { isApiError } from '@/api';
import { EmptyState } from '@/ui/EmptyState';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { StandbyScreen } from './StandbyScreen';

/** What a screen shows when it cannot be shown; the navigation around it stays. */
export function ErrorScreen({ error, reset }: { error: unknown; reset?: () => void }) {
  const { t } = useTranslation('common');
  const router = useRouter();
  const again = useCallback(() => {
    reset?.();
    void router.invalidate();
  }, [reset, router]);
  if (isApiError(error) && error.status === 404) return <NotFound message={error.message} />;
  if (isApiError(error) && error.code === 'standby') {
    return <StandbyScreen message={error.message} onReady={again} />;
  }
  return (
    <Center p="xl" mih="60dvh">
      <Stack maw={640} w="100%" data-testid="error-screen">
        {isApiError(error) ? (
          <ProblemAlert error={error} onRetry={again} />
        ) : (
          <>
            <Group gap="sm">
              <IconMoodSad size={28} stroke={1.6} />
              <Title order={1} fz={20}>
                {t('error.screen')}
              </Title>
            </Group>
            <Text size="sm">{t('error.screenHelp')}</Text>
            <Code block>{error instanceof Error ? error.message : String(error)}</Code>
            <Group>
              <Button onClick={again}>{t('action.retry')}</Button>
              <Button variant="default" onClick={() => window.location.reload()}>
                {t('action.reload')}
              </Button>
            </Group>
          </>
        )}
      </Stack>
    </Center>
  );
}

export function NotFound({ message }: { message?: string }) {
  const { t } = useTranslation('common');
  return (
    <Center mih="60dvh">
      <EmptyState
        icon={IconError404}
        title={t('error.notFound')}
        actions={
          <Button component={Link} to="/flows" variant="light" mt="sm">
            {t('error.toFlows')}
          </Button>
        }
      >
        {message ?? t('error.notFoundHelp')}
      </EmptyState>
    </Center>
  );
}
