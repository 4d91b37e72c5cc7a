import {
  ActionIcon,
  Alert,
  Button,
  CopyButton,
  Group,
  Menu,
  Select,
  Stack,
  Switch,
  Text,
  TextInput,
  Tooltip,
} from '@mantine/core';
import { IconCheck, IconCopy, IconPlus, IconTrash, IconWebhook } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { type FieldSpec, fieldsOf, freeId, setSpec, shownFields, type Trigger } from '@/flow-core';
import fields from '../fields/fields.module.css';
import { useDesigner, useDesignerStore } from '../state/context';

export function TriggersEditor() {
  const { t, i18n } = useTranslation('designer');
  const store = useDesignerStore();
  const types = useDesigner((s) => s.triggerTypes);
  const triggers = useDesigner((s) => s.history.document.spec.triggers) ?? [];
  const name = useDesigner((s) => s.history.document.metadata.name);
  const published = useDesigner((s) => (s.flow.published_version ?? 0) > 0);
  const language = i18n.language === 'zh' ? 'zh' : 'en';
  const write = (next: Trigger[], merge?: string) =>
    store.getState().edit(setSpec({ triggers: next }, merge));
  const addable = types.filter((type) => type.name !== 'manual');
  const add = (type: string) => {
    const id = freeId(
      triggers.map((trigger) => trigger.id),
      type,
    );
    write([...triggers, type === 'webhook' ? { id, type, with: { path: name } } : { id, type }]);
  };
  return (
    <Stack gap="sm">
      <Text fz="sm" c="var(--app-muted)">
        {t('triggers.help')}
      </Text>
      {triggers.map((trigger, i) => (
        <div key={trigger.id} className={fields.listItem} data-testid={`trigger-${trigger.id}`}>
          <Stack gap={10}>
            <Group gap={8} wrap="nowrap">
              <IconWebhook size={18} stroke={1.7} />
              <Text fz="sm" fw={600} flex={1}>
                {types.find((type) => type.name === trigger.type)?.doc.title[language] ??
                  trigger.type}
              </Text>
              <Switch
                size="xs"
                checked={trigger.enabled !== false}
                aria-label={t('triggers.enabled')}
                onChange={(event) => {
                  const { enabled: _, ...rest } = trigger;
                  const next = event.currentTarget.checked ? rest : { ...rest, enabled: false };
                  write(triggers.map((other, at) => (at === i ? next : other)));
                }}
              />
              <ActionIcon
                size={26}
                aria-label={t('triggers.remove', { id: trigger.id })}
                onClick={() => write(triggers.filter((_, at) => at !== i))}
              >
                <IconTrash size={15} />
              </ActionIcon>
            </Group>
            <TriggerFields
              trigger={trigger}
              specs={shownFields(
                fieldsOf(types.find((type) => type.name === trigger.type)?.config ?? {}),
                trigger.with,
              )}
              onChange={(next) =>
                write(
                  triggers.map((other, at) => (at === i ? next : other)),
                  `trigger:${trigger.id}`,
                )
              }
            />
            {trigger.type === 'webhook' && <WebhookUrl path={String(trigger.with?.path ?? '')} />}
          </Stack>
        </div>
      ))}
      {triggers.some((trigger) => trigger.type === 'webhook') && !published && (
        <Alert color="blue" p="xs">
          {t('triggers.publish_first')}
        </Alert>
      )}
      {addable.length > 0 && (
        <Menu position="bottom-start">
          <Menu.Target>
            <Button
              size="xs"
              variant="light"
              w="fit-content"
              leftSection={<IconPlus size={14} />}
              data-testid="trigger-add"
            >
              {t('triggers.add')}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {addable.map((type) => (
              <Menu.Item
                key={type.name}
                onClick={() => add(type.name)}
                data-testid={`trigger-add-${type.name}`}
              >
                {type.doc.title[language] || type.name}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
    </Stack>
  );
}

function TriggerFields({
  trigger,
  specs,
  onChange,
}: {
  trigger: Trigger;
  specs: FieldSpec[];
  onChange: (next: Trigger) => void;
}) {
  const { t, i18n } = useTranslation('designer');
  const language = i18n.language === 'zh' ? 'zh' : 'en';
  const set = (name: string, value: unknown) => {
    const next: Record<string, unknown> = { ...trigger.with, [name]: value };
    if (value === undefined || value === '') delete next[name];
    onChange({ ...trigger, with: next });
  };
  return specs.map((spec) => {
    const value = trigger.with?.[spec.name];
    const common = {
      size: 'xs' as const,
      label: spec.title[language],
      description: spec.help[language],
      withAsterisk: spec.required,
      'data-testid': `trigger-${trigger.id}-${spec.name}`,
    };
    if (spec.options) {
      return (
        <Select
          key={spec.name}
          {...common}
          data={spec.options.map((option) => ({ value: option, label: option || t('field.auto') }))}
          value={String(value ?? spec.default ?? '') || null}
          onChange={(next) => set(spec.name, next ?? undefined)}
        />
      );
    }
    if (spec.widget === 'boolean') {
      return (
        <Switch
          key={spec.name}
          size="xs"
          label={spec.title[language]}
          checked={typeof value === 'boolean' ? value : spec.default === true}
          onChange={(event) => set(spec.name, event.currentTarget.checked)}
        />
      );
    }
    return (
      <TextInput
        key={spec.name}
        {...common}
        value={
          value === undefined
            ? ''
            : typeof value === 'object'
              ? JSON.stringify(value)
              : String(value)
        }
        onChange={(event) => set(spec.name, event.currentTarget.value)}
      />
    );
  });
}

function WebhookUrl({ path }: { path: string }) {
  const { t } = useTranslation('designer');
  const url = `${window.location.origin}/hooks/${path.replace(/^\/+/, '')}`;
  return (
    <Group gap={6} wrap="nowrap" align="flex-end">
      <TextInput
        flex={1}
        size="xs"
        label={t('triggers.url')}
        value={url}
        readOnly
        onFocus={(event) => event.currentTarget.select()}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        data-testid="webhook-url"
      />
      <CopyButton value={url}>
        {({ copied, copy }) => (
          <Tooltip label={t(copied ? 'triggers.copied' : 'triggers.copy')}>
            <ActionIcon variant="default" size={30} onClick={copy} aria-label={t('triggers.copy')}>
              {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </Group>
  );
}
