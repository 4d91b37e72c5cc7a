import { MantineProvider } from '@mantine/core';
import { ModalsProvider } from '@mantine/modals';
import { Notifications } from '@mantine/notifications';
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { colorSchemeManager } from './colorScheme';
import { cssVariables } from './cssVariables';
import { createAppTheme } from './theme';

/** What every screen may rely on: theme, dialogs, notifications and the query cache. */
export function Providers({ client, children }: { client: QueryClient; children: ReactNode }) {
  const { t } = useTranslation();
  const theme = useMemo(
    () => createAppTheme({ close: t('action.close'), showPassword: t('action.showPassword') }),
    [t],
  );
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      colorSchemeManager={colorSchemeManager}
      defaultColorScheme="auto"
    >
      <QueryClientProvider client={client}>
        <ModalsProvider labels={{ confirm: t('action.confirm'), cancel: t('action.cancel') }}>
          <Notifications position="bottom-right" limit={4} />
          {children}
        </ModalsProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
