import { Button, Tabs } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPackages, IconPlus, IconUpload } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useCan } from '@/auth/session';
import { Page } from '@/ui/Page';
import { CreateEnvironmentModal } from './CreateEnvironmentModal';
import { EnvironmentsTable } from './EnvironmentsTable';
import { WheelsTab } from './WheelsTab';

/** The tenant's environments, and the packages that were uploaded for them. */
export function EnvironmentsPage() {
  const { t } = useTranslation('environments');
  const { tab = 'environments' } = useSearch({ from: '/inside/environments' });
  const navigate = useNavigate();
  const mayWrite = useCan('environment.write');
  const [creating, creation] = useDisclosure(false);
  return (
    <Page
      title={t('title')}
      description={t('description')}
      actions={
        mayWrite && (
          <Button
            leftSection={<IconPlus size={16} />}
            onClick={creation.open}
            data-testid="environment-create"
          >
            {t('create')}
          </Button>
        )
      }
    >
      <Tabs
        value={tab}
        onChange={(next) =>
          void navigate({ to: '/environments', search: { tab: next ?? undefined }, replace: true })
        }
        keepMounted={false}
      >
        <Tabs.List mb="lg">
          <Tabs.Tab
            value="environments"
            leftSection={<IconPackages size={16} stroke={1.7} />}
            data-testid="tab-environments"
          >
            {t('tab.environments')}
          </Tabs.Tab>
          <Tabs.Tab
            value="wheels"
            leftSection={<IconUpload size={16} stroke={1.7} />}
            data-testid="tab-wheels"
          >
            {t('tab.wheels')}
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="environments">
          <EnvironmentsTable />
        </Tabs.Panel>
        <Tabs.Panel value="wheels">
          <WheelsTab />
        </Tabs.Panel>
      </Tabs>
      <CreateEnvironmentModal opened={creating} onClose={creation.close} />
    </Page>
  );
}
