import { ActionIcon, Button, Checkbox, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { freeId, type Param, type ParamType, setSpec } from '@/flow-core';
import fields from '../fields/fields.module.css';
import { useDesigner, useDesignerStore } from '../state/context';

const TYPES: ParamType[] = [
  'string',
  'number',
  'integer',
  'boolean',
  'date',
  'datetime',
  'object',
  'array',
];

export function ParamsEditor() {
  const { t } = useTranslation('designer');
  const store = useDesignerStore();
  const params = useDesigner((s) => s.history.document.spec.params);
  const entries = Object.entries(params ?? {});
  const write = (next: [string, Param][], merge?: string) =>
    store.getState().edit(setSpec({ params: Object.fromEntries(next) }, merge));
  return (
    <Stack gap="sm">
      <Text fz="sm" c="var(--app-muted)">
        {t('params.help')}
      </Text>
      {entries.map(([name, param], i) => (
        <ParamRow
          // biome-ignore lint/suspicious/noArrayIndexKey: the name is what is being edited
          key={i}
          name={name}
          param={param}
          taken={entries.map(([other]) => other).filter((other) => other !== name)}
          onChange={(nextName, next) =>
            write(
              entries.map((entry, at) => (at === i ? [nextName, next] : entry)),
              `param:${i}`,
            )
          }
          onRemove={() => write(entries.filter((_, at) => at !== i))}
        />
      ))}
      <Group>
        <Button
          size="xs"
          variant="light"
          leftSection={<IconPlus size={14} />}
          onClick={() =>
            write([
              ...entries,
              [
                freeId(
                  entries.map(([name]) => name),
                  'param',
                ),
                { type: 'string' },
              ],
            ])
          }
          data-testid="param-add"
        >
          {t('params.add')}
        </Button>
      </Group>
    </Stack>
  );
}

interface RowProps {
  name: string;
  param: Param;
  taken: string[];
  onChange: (name: string, param: Param) => void;
  onRemove: () => void;
}

function ParamRow({ name, param, taken, onChange, onRemove }: RowProps) {
  const { t } = useTranslation('designer');
  const [draft, setDraft] = useState(name);
  const valid = /^[A-Za-z_]\w*$/.test(draft) && !taken.includes(draft);
  const set = (change: Partial<Param>) => {
    const next = { ...param, ...change };
    for (const key of ['title', 'required', 'default'] as const) {
      if (next[key] === undefined || next[key] === '' || next[key] === false) {
        if (key !== 'default' || next.default === undefined) delete next[key];
      }
    }
    onChange(name, next);
  };
  return (
    <div className={fields.listItem} data-testid={`param-row-${name}`}>
      <Stack gap={8}>
        <Group gap={6} wrap="nowrap" align="flex-start">
          <TextInput
            flex={3}
            size="xs"
            label={t('params.name')}
            value={draft}
            error={!valid && t('params.name_bad')}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
            onChange={(event) => setDraft(event.currentTarget.value)}
            onBlur={() => (valid ? onChange(draft, param) : setDraft(name))}
            data-testid={`param-name-${name}`}
          />
          <Select
            flex={2}
            size="xs"
            label={t('params.type')}
            data={TYPES.map((value) => ({ value, label: t(`params.type_${value}`) }))}
            value={param.type}
            allowDeselect={false}
            onChange={(value) => set({ type: value as ParamType, default: undefined })}
            data-testid={`param-type-${name}`}
          />
          <ActionIcon
            mt={24}
            size={28}
            aria-label={t('params.remove', { name })}
            onClick={onRemove}
          >
            <IconTrash size={15} />
          </ActionIcon>
        </Group>
        <TextInput
          size="xs"
          label={t('params.label')}
          value={param.title ?? ''}
          onChange={(event) => set({ title: event.currentTarget.value })}
        />
        <Group gap="sm" align="flex-end" wrap="nowrap">
          <DefaultInput
            key={param.type}
            name={name}
            param={param}
            onChange={(value) => set({ default: value })}
          />
          <Checkbox
            mb={6}
            size="xs"
            label={t('params.required')}
            checked={param.required ?? false}
            onChange={(event) => set({ required: event.currentTarget.checked })}
          />
        </Group>
      </Stack>
    </div>
  );
}

function DefaultInput({
  name,
  param,
  onChange,
}: {
  name: string;
  param: Param;
  onChange: (value: unknown) => void;
}) {
  const { t } = useTranslation('designer');
  const [text, setText] = useState(() =>
    param.default === undefined
      ? ''
      : typeof param.default === 'string'
        ? param.default
        : JSON.stringify(param.default),
  );
  const read = readDefault(param.type, text);
  return (
    <TextInput
      flex={1}
      size="xs"
      label={t('params.default')}
      value={text}
      error={read.bad}
      type={param.type === 'date' ? 'date' : 'text'}
      onChange={(event) => {
        setText(event.currentTarget.value);
        const next = readDefault(param.type, event.currentTarget.value);
        if (!next.bad) onChange(next.value);
      }}
      data-testid={`param-default-${name}`}
    />
  );
}

function readDefault(type: ParamType, text: string): { value?: unknown; bad: boolean } {
  if (text === '') return { bad: false };
  if (type === 'string' || type === 'date' || type === 'datetime')
    return { value: text, bad: false };
  try {
    const value: unknown = JSON.parse(text);
    const fits =
      type === 'array'
        ? Array.isArray(value)
        : type === 'integer'
          ? Number.isInteger(value)
          : typeof value === type;
    return fits ? { value, bad: false } : { bad: true };
  } catch {
    return { bad: true };
  }
}
