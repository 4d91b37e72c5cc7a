import { IconKey, IconServer, IconUser } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useCan } from '@/auth/session';
import { Page } from '@/ui/Page';
import { PageTabs } from '@/ui/PageTabs';
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
      <PageTabs
        value={tab}
        onChange={(next) =>
          void navigate({ to: '/settings', search: { tab: next }, replace: true })
        }
        tabs={[
          {
            value: 'account',
            label: t('tab.account'),
            icon: IconUser,
            content: <AccountTab />,
            testId: 'settings-account',
          },
          {
            value: 'tokens',
            label: t('tab.tokens'),
            icon: IconKey,
            content: <TokensTab />,
            testId: 'settings-tokens',
          },
          maySee && {
            value: 'system',
            label: t('tab.system'),
            icon: IconServer,
            content: <SystemTab />,
            testId: 'settings-system',
          },
        ]}
      />
    </Page>
  );
}
