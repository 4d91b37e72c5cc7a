import { NumberInput, PasswordInput, Select, Textarea, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ConnectionKind } from '@/api';
import { FilePicker } from '@/data/FilePicker';
import { type FieldSpec, fieldsOf, isSet, type JsonSchema, shownFields, typeOf } from '@/flow-core';
import { MoreOptions } from '@/ui/MoreOptions';

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
  const { t, i18n } = useTranslation('connections');
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
      return (
        <PasswordInput
          {...common}
          value={text}
          onChange={(event) => onChange(event.currentTarget.value || undefined)}
          placeholder={set ? t('form.secretSet') : undefined}
          description={[common.description, t(set ? 'form.secretKept' : 'form.secretHelp')]
            .filter(Boolean)
            .join('. ')}
          autoComplete="new-password"
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
