import { Button, Group, Modal, Select, Stack, Textarea, TextInput } from '@mantine/core';
import { IconPlugConnected } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  type Connection,
  createConnection,
  keys,
  saveConnection,
  testConnectionDraft,
  toApiError,
} from '@/api';
import { said } from '@/lib/problems';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { ConnectionFields } from './ConnectionFields';
import { TestResult } from './ConnectionState';
import classes from './connections.module.css';
import { kindsQuery } from './queries';

const namePattern = /^[a-z][a-z0-9-]{0,62}$/;

interface Props {
  opened: boolean;
  onClose: () => void;
  /** The one that is changed; absent makes a new one. */
  connection?: Connection;
}

/** Makes or changes a connection; it can be tried before it is saved. */
export function ConnectionModal(props: Props) {
  const { t } = useTranslation('connections');
  const { opened, onClose, connection } = props;
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={connection ? t('form.edit', { name: connection.name }) : t('form.new')}
      size="lg"
    >
      <ConnectionForm {...props} />
    </Modal>
  );
}

function ConnectionForm({ onClose, connection }: Props) {
  const { t, i18n } = useTranslation('connections');
  const language = i18n.language === 'zh' ? 'zh' : 'en';
  const client = useQueryClient();
  const navigate = useNavigate();
  const kinds = useQuery(kindsQuery);
  const [kindName, setKindName] = useState(connection?.kind ?? 'postgres');
  const [name, setName] = useState(connection?.name ?? '');
  const [title, setTitle] = useState(connection?.title ?? '');
  const [description, setDescription] = useState(connection?.description ?? '');
  const [config, setConfig] = useState<Record<string, unknown>>(connection?.config ?? {});
  const [nameError, setNameError] = useState<string>();
  const kind = kinds.data?.find((each) => each.name === kindName);
  const draft = { title: title.trim(), description: description.trim(), config };

  const trial = useMutation({
    mutationFn: () => testConnectionDraft(kindName, draft, connection?.name),
  });
  const saving = useMutation({
    mutationFn: () =>
      connection
        ? saveConnection(connection.name, connection.revision, draft)
        : createConnection(name, kindName, draft),
    onSuccess: async (saved) => {
      client.setQueryData(keys.connection(saved.name), saved);
      await client.invalidateQueries({ queryKey: keys.connections });
      onClose();
      if (!connection) {
        await navigate({ to: '/connections/$name', params: { name: saved.name } });
      }
    },
    onError: (error) => setNameError(toApiError(error).byField().name),
  });
  const change = (field: string, value: unknown) => {
    trial.reset();
    setConfig((before) => {
      const { [field]: _, ...rest } = before;
      return value === undefined ? rest : { ...rest, [field]: value };
    });
  };
  const failure = saving.error ?? trial.error;
  const places = failure ? toApiError(failure).byField() : {};
  const errors: Record<string, string> = {};
  for (const [place, message] of Object.entries(places)) {
    if (place.startsWith('config.')) errors[place.slice('config.'.length)] = message;
  }
  const { ok, field } = trial.data ?? {};
  if (trial.data && !ok && field?.startsWith('config.')) {
    errors[field.slice('config.'.length)] = said(trial.data);
  }
  const submit = () => {
    if (!connection && !namePattern.test(name)) {
      setNameError(t('form.nameMissing'));
      return;
    }
    saving.mutate();
  };

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Stack>
        {kinds.error && <ProblemAlert error={kinds.error} onRetry={() => void kinds.refetch()} />}
        {!connection && (
          <>
            <Select
              label={t('form.kind')}
              data={(kinds.data ?? []).map((each) => ({
                value: each.name,
                label: each.title[language],
              }))}
              value={kindName}
              onChange={(next) => {
                if (!next) return;
                setKindName(next);
                setConfig({});
                trial.reset();
                saving.reset();
              }}
              description={kind?.summary[language]}
              allowDeselect={false}
              comboboxProps={{ shadow: 'md' }}
              data-testid="connection-kind"
            />
            <TextInput
              label={t('form.name')}
              description={t('form.nameHelp')}
              required
              value={name}
              onChange={(event) => {
                setName(event.currentTarget.value);
                setNameError(undefined);
              }}
              error={nameError}
              autoComplete="off"
              spellCheck={false}
              data-autofocus
              data-testid="connection-name"
            />
          </>
        )}
        <TextInput
          label={t('form.title')}
          value={title}
          onChange={(event) => setTitle(event.currentTarget.value)}
          data-testid="connection-title"
        />
        <Textarea
          label={t('form.description')}
          description={t('form.descriptionHelp')}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
          autosize
          minRows={1}
          maxRows={4}
          maxLength={2000}
          data-testid="connection-description"
        />
        {kind && (
          <ConnectionFields
            kind={kind}
            config={config}
            set={connection?.secrets ?? []}
            errors={errors}
            onChange={change}
          />
        )}
        {failure && !nameError && <ProblemAlert error={failure} />}
        <div className={classes.foot}>
          {trial.data && <TestResult test={trial.data} />}
          <Group justify="space-between" gap="xs">
            <Button
              variant="default"
              leftSection={<IconPlugConnected size={16} />}
              onClick={() => trial.mutate()}
              loading={trial.isPending}
              data-testid="connection-try"
            >
              {t('test.run')}
            </Button>
            <Group gap="xs">
              <Button variant="default" onClick={onClose}>
                {t('common:action.cancel')}
              </Button>
              <Button type="submit" loading={saving.isPending} data-testid="connection-save">
                {t(connection ? 'common:action.save' : 'common:action.create')}
              </Button>
            </Group>
          </Group>
        </div>
      </Stack>
    </form>
  );
}
