import { Alert, Badge, Button, Group, Text, Title } from '@mantine/core';
import {
  IconAdjustments,
  IconChevronRight,
  IconFileText,
  IconHammer,
  IconHistory,
  IconPackages,
} from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { buildEnvironment, cancelBuild, type Environment, keys, saveEnvironment } from '@/api';
import { ErrorScreen } from '@/app/ErrorScreen';
import { Pending } from '@/app/Pending';
import { useCan } from '@/auth/session';
import crumbs from '@/runs/detail/detail.module.css';
import { notifyError, notifySuccess } from '@/ui/notify';
import { Page } from '@/ui/Page';
import { PageTabs } from '@/ui/PageTabs';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { UnsavedChanges } from '@/ui/UnsavedChanges';
import { BuildLog } from './BuildLog';
import { EnvironmentSettings } from './EnvironmentSettings';
import { EnvironmentStatusBadge } from './EnvironmentStatusBadge';
import { PackagesTab } from './PackagesTab';
import { environmentQuery, versionQuery, versionsQuery } from './queries';
import { useDraft } from './useDraft';
import { VersionsTab } from './VersionsTab';

export function EnvironmentPage() {
  const { name } = useParams({ from: '/inside/environments/$name' });
  const { data, error } = useQuery(environmentQuery(name));
  if (error) return <ErrorScreen error={error} />;
  return data ? <EnvironmentScreen key={name} environment={data} /> : <Pending />;
}

function EnvironmentScreen({ environment }: { environment: Environment }) {
  const { t } = useTranslation('environments');
  const { name, builtin } = environment;
  const { tab = 'packages', version = 0 } = useSearch({ from: '/inside/environments/$name' });
  const navigate = useNavigate();
  const client = useQueryClient();
  const mayWrite = useCan('environment.write');
  const versions = useQuery({ ...versionsQuery(name), enabled: !builtin });
  const newest = useQuery(versionQuery(name, environment.last_version));
  const draft = useDraft(environment);
  const building = environment.last_status === 'building';

  const go = (next: string, of?: number) =>
    void navigate({
      to: '/environments/$name',
      params: { name },
      search: { tab: next, version: of || undefined },
      replace: true,
    });
  const saving = useMutation({
    mutationFn: () => saveEnvironment(name, environment.revision, draft.content),
    onSuccess: (saved) => {
      client.setQueryData(keys.environment(name), saved);
      draft.forget();
      void client.invalidateQueries({ queryKey: keys.environments, exact: true });
    },
  });
  const build = useMutation({
    mutationFn: async () => {
      if (draft.dirty) await saving.mutateAsync();
      return buildEnvironment(name);
    },
    onSuccess: async (begun) => {
      await client.invalidateQueries({ queryKey: keys.environment(name) });
      go('log', begun.version);
    },
    onError: (error) => {
      if (!saving.isError) notifyError(error);
    },
  });
  const cancel = useMutation({
    mutationFn: () => cancelBuild(name, environment.last_version),
    onError: (error) => notifyError(error),
  });
  const save = () =>
    saving.mutate(undefined, { onSuccess: () => notifySuccess(t('saved', { name })) });

  const actions = mayWrite && (
    <>
      {draft.dirty && (
        <Button
          variant="default"
          onClick={save}
          loading={saving.isPending && !build.isPending}
          data-testid="environment-save"
        >
          {t('common:action.save')}
        </Button>
      )}
      {!builtin && building && (
        <Button variant="default" color="red" onClick={() => cancel.mutate()}>
          {t('cancelBuild')}
        </Button>
      )}
      {!builtin && (
        <Button
          leftSection={<IconHammer size={16} />}
          onClick={() => build.mutate()}
          loading={build.isPending || building}
          data-testid="environment-build"
        >
          {t(draft.dirty ? 'saveAndBuild' : 'build')}
        </Button>
      )}
    </>
  );

  const newer = versions.data?.find(
    (each) => each.status === 'ready' && each.version > environment.version,
  );
  const failed = newest.data?.status === 'failed' ? newest.data : undefined;
  return (
    <Page
      windowTitle={environment.title || name}
      title={<Heading environment={environment} />}
      description={environment.title ? environment.description : undefined}
      actions={actions}
    >
      <UnsavedChanges dirty={draft.dirty} />
      {saving.error && <ProblemAlert error={saving.error} />}
      {failed?.error && (
        <ProblemAlert
          error={failed.error}
          title={[
            t('failedTitle', { version: failed.version }),
            environment.version > 0 && t('failedStill', { version: environment.version }),
          ]
            .filter(Boolean)
            .join('. ')}
        />
      )}
      {environment.version > 0 && newer && (
        <Alert
          color="blue"
          variant="light"
          mb="md"
          mt={failed ? 'md' : 0}
          data-testid="environment-newer"
        >
          {t('older', { version: environment.version, newer: newer.version })}
        </Alert>
      )}
      {environment.changed &&
        environment.last_version > 0 &&
        !draft.dirty &&
        !building &&
        !failed && (
          <Alert color="yellow" variant="light" mb="md">
            {t('changed')}
          </Alert>
        )}
      <PageTabs
        value={tab}
        onChange={(next) => go(next ?? 'packages')}
        mt={saving.error || failed ? 'md' : 0}
        tabs={[
          {
            value: 'packages',
            label: t('detail.packages'),
            icon: IconPackages,
            content: <PackagesTab environment={environment} draft={draft} problem={saving.error} />,
          },
          !builtin && {
            value: 'versions',
            label: t('detail.versions'),
            icon: IconHistory,
            content: (
              <VersionsTab
                environment={environment}
                versions={versions.data ?? []}
                onLog={(of) => go('log', of)}
              />
            ),
          },
          !builtin && {
            value: 'log',
            label: t('detail.log'),
            icon: IconFileText,
            content: versions.data && (
              <BuildLog
                name={name}
                versions={versions.data}
                version={version}
                onChoose={(of) => go('log', of)}
              />
            ),
          },
          {
            value: 'settings',
            label: t('detail.settings'),
            icon: IconAdjustments,
            content: <EnvironmentSettings environment={environment} draft={draft} />,
          },
        ]}
      />
    </Page>
  );
}

function Heading({ environment }: { environment: Environment }) {
  const { t } = useTranslation('environments');
  return (
    <div>
      <Group gap={4} className={crumbs.crumbs}>
        <Link to="/environments">{t('title')}</Link>
        <IconChevronRight size={14} />
        <span className={crumbs.id}>{environment.name}</span>
      </Group>
      <Group gap="sm" align="center">
        <Title order={1} fz={22} lh="32px">
          {environment.title || environment.name}
        </Title>
        {environment.builtin && (
          <Badge variant="default" tt="none" fw={550}>
            {t('builtin')}
          </Badge>
        )}
        {environment.version > 0 && (
          <Text size="sm" style={{ color: 'var(--app-muted)' }} data-testid="environment-version">
            {t('versionN', { version: environment.version })}
          </Text>
        )}
        {environment.last_status && <EnvironmentStatusBadge status={environment.last_status} />}
      </Group>
    </div>
  );
}
