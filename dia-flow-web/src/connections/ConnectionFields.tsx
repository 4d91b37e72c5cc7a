import { NumberInput, PasswordInput, Select, Switch, Textarea, TextInput } from '@mantine/core';
import type { ChangeEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConnectionKind } from '@/api';
import { FilePicker } from '@/data/FilePicker';
import { type FieldSpec, fieldsOf, isSet, type JsonSchema, shownFields, typeOf } from '@/flow-core';
import { MoreOptions } from '@/ui/MoreOptions';
import classes from './connections.module.css';

interface Props {
  kind: ConnectionKind;
  config: Record<string, unknown>;
  /** Sealed fields that are set already: they stay unless something is entered. */
  set: string[];
  errors: Record<string, string>;
  onChange: (name: string, value: unknown) => void;
}

/** The form of a kind of connection, as its schema describes it. */
export function ConnectionFields({ kind, config, set, errors, onChange }: Props) {
  const shown = shownFields(fieldsOf(kind.schema as JsonSchema), config);
  const more = shown.filter((spec) => spec.more);
  const field = (spec: FieldSpec) => (
    <ConnectionField
      key={spec.name}
      spec={spec}
      value={config[spec.name]}
      set={set.includes(spec.name)}
      error={errors[spec.name]}
      onChange={(value) => onChange(spec.name, value)}
    />
  );
  return (
    <>
      {shown.filter((spec) => !spec.more).map(field)}
      {more.length > 0 && (
        <MoreOptions
          key={kind.name}
          set={more.filter((spec) => isSet(spec, config) || set.includes(spec.name)).length}
          urgent={more.some((spec) => errors[spec.name])}
        >
          {more.map(field)}
        </MoreOptions>
      )}
    </>
  );
}

interface FieldProps {
  spec: FieldSpec;
  value: unknown;
  set: boolean;
  error: string | undefined;
  onChange: (value: unknown) => void;
}

function ConnectionField({ spec, value, set, error, onChange }: FieldProps) {
  const { i18n } = useTranslation('connections');
  const language = i18n.language === 'zh' ? 'zh' : 'en';
  const text = typeof value === 'string' ? value : '';
  const common = {
    label: spec.title[language],
    description: spec.help[language] || undefined,
    required: spec.required,
    error,
    'data-testid': `connection-${spec.name}`,
  };
  switch (spec.widget) {
    case 'sealed':
      return <SecretField common={common} value={text} set={set} onChange={onChange} />;
    case 'boolean':
      return (
        <Switch
          {...common}
          checked={(value ?? spec.default) === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case 'number':
      return (
        <NumberInput
          {...common}
          value={typeof value === 'number' ? value : ''}
          onChange={(next) => onChange(typeof next === 'number' ? next : undefined)}
          placeholder={spec.default === undefined ? undefined : String(spec.default)}
          allowDecimal={typeOf(spec.schema) !== 'integer'}
        />
      );
    case 'enum':
      return (
        <Select
          {...common}
          data={spec.options ?? []}
          value={text || String(spec.default ?? '') || null}
          onChange={(next) => onChange(next ?? undefined)}
          allowDeselect={false}
          comboboxProps={{ shadow: 'md' }}
        />
      );
    case 'textarea':
      return (
        <Textarea
          {...common}
          value={text}
          onChange={(event) => onChange(event.currentTarget.value || undefined)}
          autosize
          minRows={2}
          maxRows={8}
          spellCheck={false}
        />
      );
    case 'file':
      return (
        <FilePicker {...common} value={text} onChange={(name) => onChange(name || undefined)} />
      );
    default:
      return (
        <TextInput
          {...common}
          value={text}
          onChange={(event) => onChange(event.currentTarget.value || undefined)}
          placeholder={typeof spec.example === 'string' ? spec.example : undefined}
          autoComplete="off"
          spellCheck={false}
        />
      );
  }
}

interface SecretProps {
  common: {
    label: string;
    description: string | undefined;
    required: boolean;
    error: string | undefined;
    'data-testid': string;
  };
  value: string;
  set: boolean;
  onChange: (value: string | undefined) => void;
}

/** It takes the place of the field that was pasted into. */
const takeFocus = (field: HTMLTextAreaElement | null) => field?.focus();

/** A field of one line would take the lines of a key together, which is then none any more: such a secret gets several. */
function SecretField({ common, value, set, onChange }: SecretProps) {
  const { t } = useTranslation('connections');
  const kept = t(set ? 'form.secretKept' : 'form.secretHelp');
  const field = {
    ...common,
    description: common.description ? t('form.both', { help: common.description, kept }) : kept,
    placeholder: set ? t('form.secretSet') : undefined,
    value,
    onChange: (event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) =>
      onChange(event.currentTarget.value || undefined),
  };
  if (value.includes('\n')) {
    return (
      <Textarea
        {...field}
        classNames={{ input: classes.secret }}
        rows={5}
        ref={takeFocus}
        autoComplete="off"
        spellCheck={false}
      />
    );
  }
  return (
    <PasswordInput
      {...field}
      onPaste={(event) => {
        const pasted = event.clipboardData.getData('text');
        if (!pasted.trim().includes('\n')) return;
        event.preventDefault();
        onChange(pasted);
      }}
      autoComplete="new-password"
    />
  );
}
