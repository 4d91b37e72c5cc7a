import { Center, Loader } from '@mantine/core';
import { IconServer2 } from '@tabler/icons-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '@/ui/EmptyState';

const interval = 2000;

/** What a server shows that stands by for another one. It goes on by itself once the server has taken over. */
export function StandbyScreen({ message, onReady }: { message: string; onReady: () => void }) {
  const { t } = useTranslation('common');
  useEffect(() => {
    const timer = setInterval(async () => {
      try {
        const response = await fetch('/readyz', { cache: 'no-store' });
        if (response.ok) onReady();
      } catch {
        // It is away for a moment; the next tick asks again.
      }
    }, interval);
    return () => clearInterval(timer);
  }, [onReady]);
  return (
    <Center mih="80dvh">
      <EmptyState
        icon={IconServer2}
        title={t('standby.title')}
        actions={<Loader size="sm" mt="sm" />}
      >
        <p>{message}</p>
        <p>{t('standby.text')}</p>
      </EmptyState>
    </Center>
  );
}
