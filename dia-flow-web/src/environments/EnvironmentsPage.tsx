import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPackages, IconPlus, IconUpload } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useCan } from '@/auth/session';
import { Page } from '@/ui/Page';
import { PageTabs } from '@/ui/PageTabs';
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
      <PageTabs
        value={tab}
        onChange={(next) =>
          void navigate({ to: '/environments', search: { tab: next }, replace: true })
        }
        tabs={[
          {
            value: 'environments',
            label: t('tab.environments'),
            icon: IconPackages,
            content: <EnvironmentsTable />,
          },
          { value: 'wheels', label: t('tab.wheels'), icon: IconUpload, content: <WheelsTab /> },
        ]}
      />
      <CreateEnvironmentModal opened={creating} onClose={creation.close} />
    </Page>
  );
}
