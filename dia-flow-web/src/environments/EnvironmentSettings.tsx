import {
  Button,
  List,
  Stack,
  Switch,
  TagsInput,
  Text,
  Textarea,
  TextInput,
  Title,
} from '@mantine/core';
import { modals } from '@mantine/modals';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { deleteEnvironment, type Environment, isApiError, keys } from '@/api';
import { useCan } from '@/auth/session';
import { said } from '@/lib/problems';
import { notifyError, notifySuccess } from '@/ui/notify';
import classes from './environments.module.css';
import type { useDraft } from './useDraft';

/** What an environment is called, where its code may go, and its end. */
export function EnvironmentSettings({
  environment,
  draft,
}: {
  environment: Environment;
  draft: ReturnType<typeof useDraft>;
}) {
  const { t } = useTranslation('environments');
  const mayWrite = useCan('environment.write');
  const mayAdmit = useCan('environment.admin');
  const adminOnly = mayAdmit ? undefined : t('settings.adminOnly');
  return (
    <Stack gap="lg" maw={720}>
      <section className={classes.card}>
        <Stack gap="md">
          <TextInput
            label={t('settings.title')}
            value={draft.draft.title}
            onChange={(event) => draft.change({ title: event.currentTarget.value })}
            readOnly={!mayWrite}
            data-testid="settings-title"
          />
          <Textarea
            label={t('settings.description')}
            value={draft.draft.description}
            onChange={(event) => draft.change({ description: event.currentTarget.value })}
            readOnly={!mayWrite}
            autosize
            minRows={2}
          />
          <TagsInput
            label={t('settings.egress')}
            description={t('settings.egressHelp')}
            value={draft.draft.egress}
            onChange={(egress) => draft.change({ egress })}
            placeholder={t('settings.egressAdd')}
            disabled={!mayAdmit}
            error={adminOnly}
            splitChars={[',', ' ']}
            data-testid="settings-egress"
          />
          {!environment.builtin && (
            <Switch
              label={t('settings.source')}
              description={t('settings.sourceHelp')}
              checked={draft.draft.source}
              onChange={(event) => draft.change({ source: event.currentTarget.checked })}
              disabled={!mayAdmit}
              error={adminOnly}
            />
          )}
        </Stack>
      </section>
      {mayWrite && !environment.builtin && <Removal name={environment.name} />}
    </Stack>
  );
}

function Removal({ name }: { name: string }) {
  const { t } = useTranslation('environments');
  const client = useQueryClient();
  const navigate = useNavigate();
  const removal = useMutation({
    mutationFn: (force: boolean) => deleteEnvironment(name, force),
    onSuccess: async () => {
      notifySuccess(t('remove.done', { name }));
      await navigate({ to: '/environments', ignoreBlocker: true });
      client.removeQueries({ queryKey: keys.environment(name) });
      await client.invalidateQueries({ queryKey: keys.environments });
    },
    onError: (error) => {
      if (isApiError(error) && error.code === 'environment_in_use') {
        confirm(error.details.map((each) => said(each)));
        return;
      }
      notifyError(error);
    },
  });
  const confirm = (flows: string[] = []) =>
    modals.openConfirmModal({
      title: t('remove.title', { name }),
      children: flows.length ? <NamedBy flows={flows} /> : t('remove.text'),
      labels: {
        confirm: flows.length ? t('remove.force') : t('common:action.delete'),
        cancel: t('common:action.cancel'),
      },
      confirmProps: {
        color: 'red',
        'data-testid': flows.length ? 'environment-delete-force' : 'environment-delete-confirm',
      },
      onConfirm: () => removal.mutate(flows.length > 0),
    });
  return (
    <section className={classes.card}>
      <Title order={2} fz={16}>
        {t('settings.delete')}
      </Title>
      <Text size="sm" mt={2} mb="md" style={{ color: 'var(--app-muted)' }}>
        {t('settings.deleteHelp')}
      </Text>
      <Button
        color="red"
        variant="light"
        onClick={() => confirm()}
        loading={removal.isPending}
        data-testid="environment-delete"
      >
        {t('settings.delete')}
      </Button>
    </section>
  );
}

/** The flows that would fail without the environment. */
function NamedBy({ flows }: { flows: string[] }) {
  const { t } = useTranslation('environments');
  return (
    <Stack gap="xs">
      <Text size="sm">{t('remove.named')}</Text>
      <List size="sm" data-testid="environment-flows" mah={240} style={{ overflowY: 'auto' }}>
        {flows.map((flow) => (
          <List.Item key={flow}>{flow}</List.Item>
        ))}
      </List>
    </Stack>
  );
}
