import { Tabs } from '@mantine/core';
import { IconKey, IconServer, IconUser } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useCan } from '@/auth/session';
import { Page } from '@/ui/Page';
import { AccountTab } from './AccountTab';
import { SystemTab } from './SystemTab';
import { TokensTab } from './TokensTab';

export function SettingsPage() {
  const { t } = useTranslation('settings');
  const { tab = 'account' } = useSearch({ from: '/inside/settings' });
  const navigate = useNavigate();
  const maySee = useCan('system.read');
  return (
    <Page title={t('title')} narrow>
      <Tabs
        value={tab}
        onChange={(next) =>
          void navigate({ to: '/settings', search: { tab: next ?? undefined }, replace: true })
        }
        keepMounted={false}
      >
        <Tabs.List mb="lg">
          <Tabs.Tab value="account" leftSection={<IconUser size={16} stroke={1.7} />}>
            {t('tab.account')}
          </Tabs.Tab>
          <Tabs.Tab
            value="tokens"
            leftSection={<IconKey size={16} stroke={1.7} />}
            data-testid="tab-tokens"
          >
            {t('tab.tokens')}
          </Tabs.Tab>
          {maySee && (
            <Tabs.Tab
              value="system"
              leftSection={<IconServer size={16} stroke={1.7} />}
              data-testid="tab-system"
            >
              {t('tab.system')}
            </Tabs.Tab>
          )}
        </Tabs.List>
        <Tabs.Panel value="account" data-testid="settings-account">
          <AccountTab />
        </Tabs.Panel>
        <Tabs.Panel value="tokens" data-testid="settings-tokens">
          <TokensTab />
        </Tabs.Panel>
        {maySee && (
          <Tabs.Panel value="system" data-testid="settings-system">
            <SystemTab />
          </Tabs.Panel>
        )}
      </Tabs>
    </Page>
  );
}
