import {
  Autocomplete,
  NumberInput,
  PasswordInput,
  Select,
  Switch,
  TagsInput,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { isTemplate, typeOf } from '@/flow-core';
import type { FieldProps } from './types';
import { useInputColumnNames } from './useColumns';

const asText = (value: unknown): string =>
  value === undefined || value === null
    ? ''
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);

function hint(props: FieldProps): string {
  const { example } = props.spec;
  const shown = props.spec.default ?? example;
  return shown === undefined || shown === '' ? '' : asText(shown);
}

/** What every input is given. */
const given = (props: FieldProps) => ({
  error: props.invalid,
  'aria-label': props.label,
  'data-testid': props.testId,
});

/** A list that columns or types are chosen from, or typed past. */
const SUGGESTIONS = {
  comboboxProps: { shadow: 'md' },
  maxDropdownHeight: 260,
  // Without this a click does no more than focus.
  openOnFocus: false,
} as const;

export function TextField(props: FieldProps) {
  return (
    <TextInput
      value={asText(props.value)}
      onChange={(event) => props.onChange(event.currentTarget.value || undefined)}
      placeholder={hint(props)}
      {...given(props)}
      autoComplete="off"
      spellCheck={false}
    />
  );
}

/** Never shown on the screen, nor filled in by the browser. */
export function PasswordField(props: FieldProps) {
  return (
    <PasswordInput
      value={asText(props.value)}
      onChange={(event) => props.onChange(event.currentTarget.value || undefined)}
      {...given(props)}
      autoComplete="new-password"
    />
  );
}

export const SQL_TYPES = [
  'VARCHAR',
  'BIGINT',
  'INTEGER',
  'DOUBLE',
  'DECIMAL(18,2)',
  'BOOLEAN',
  'DATE',
  'TIME',
  'TIMESTAMP',
  'TIMESTAMP WITH TIME ZONE',
  'JSON',
];

/** A column type: one of the usual ones, or any other that is typed. */
export function TypeField(props: FieldProps) {
  return (
    <Autocomplete
      data={SQL_TYPES}
      value={asText(props.value)}
      onChange={(value) => props.onChange(value || undefined)}
      placeholder={hint(props)}
      {...given(props)}
      {...SUGGESTIONS}
    />
  );
}

export function TextareaField(props: FieldProps) {
  return (
    <Textarea
      value={asText(props.value)}
      onChange={(event) => props.onChange(event.currentTarget.value || undefined)}
      placeholder={hint(props)}
      {...given(props)}
      autosize
      minRows={2}
      maxRows={12}
    />
  );
}

/** A text in which every character counts: to empty it is a choice, other than to leave the default. */
export function LiteralField(props: FieldProps) {
  return (
    <Textarea
      value={asText(props.value ?? props.spec.default)}
      onChange={(event) => props.onChange(event.currentTarget.value)}
      {...given(props)}
      autosize
      minRows={1}
      maxRows={6}
      spellCheck={false}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
    />
  );
}

export function NumberField(props: FieldProps) {
  const { schema } = props.spec;
  return (
    <NumberInput
      value={typeof props.value === 'number' ? props.value : ''}
      onChange={(value) => props.onChange(typeof value === 'number' ? value : undefined)}
      allowDecimal={typeOf(schema) !== 'integer'}
      placeholder={hint(props)}
      {...given(props)}
      {...(schema.minimum !== undefined ? { min: schema.minimum } : {})}
      {...(schema.maximum !== undefined ? { max: schema.maximum } : {})}
      clampBehavior="none"
    />
  );
}

export function BooleanField(props: FieldProps) {
  const { t } = useTranslation('designer');
  const on = typeof props.value === 'boolean' ? props.value : props.spec.default === true;
  return (
    <Switch
      checked={on}
      onChange={(event) => props.onChange(event.currentTarget.checked)}
      label={t(on ? 'field.yes' : 'field.no')}
      aria-label={props.label}
      data-testid={props.testId}
    />
  );
}

export function EnumField(props: FieldProps) {
  const { t } = useTranslation('designer');
  const options = props.spec.options ?? [];
  const fallback = props.spec.default === undefined ? '' : String(props.spec.default);
  return (
    <Select
      data={options.map((value) => ({
        value,
        label: value ? t(`choice.${props.spec.name}.${value}`, value) : t('field.auto'),
      }))}
      value={props.value === undefined ? fallback || null : String(props.value)}
      onChange={(value) => {
        const at = options.indexOf(value ?? '');
        props.onChange(value === null ? undefined : (props.spec.schema.enum?.[at] ?? value));
      }}
      placeholder={t('field.choose')}
      {...given(props)}
      searchable={options.length > 8}
      allowDeselect={!props.spec.required && fallback === ''}
      comboboxProps={{ shadow: 'md' }}
    />
  );
}

/** A name that is usually one of the columns that come in, but may be any text. */
export function ColumnField(props: FieldProps) {
  const { t } = useTranslation('designer');
  const columns = useInputColumnNames(props.nodeId, props.path);
  return (
    <Autocomplete
      data={columns}
      value={asText(props.value)}
      onChange={(value) => props.onChange(value || undefined)}
      placeholder={hint(props) || t('field.column')}
      {...given(props)}
      {...SUGGESTIONS}
      selectFirstOptionOnChange
    />
  );
}

/** What stands for columns of a kind, where that is allowed. */
const KINDS = ['*', '*text', '*number', '*time'];

export function ColumnsField(props: FieldProps) {
  const { t } = useTranslation('designer');
  const columns = useInputColumnNames(props.nodeId, props.path);
  const value = Array.isArray(props.value)
    ? props.value.map(asText)
    : props.value
      ? [asText(props.value)]
      : [];
  const kinds = Array.isArray(props.spec.example) && props.spec.example.includes('*') ? KINDS : [];
  const [open, list] = useDisclosure(false);
  return (
    <TagsInput
      data={[...kinds, ...columns]}
      value={value}
      onChange={(next) => props.onChange(next.length > 0 ? next : undefined)}
      placeholder={value.length === 0 ? t('field.columns') : ''}
      {...given(props)}
      {...SUGGESTIONS}
      selectFirstOptionOnChange
      dropdownOpened={open}
      onDropdownOpen={list.open}
      onDropdownClose={list.close}
      onClick={list.open}
      clearable
    />
  );
}

export function TextsField(props: FieldProps) {
  const options = props.spec.schema.items?.enum?.map(String) ?? [];
  const type = typeOf(props.spec.schema.items ?? {});
  const numeric = type === 'number' || type === 'integer';
  const value = Array.isArray(props.value) ? props.value.map(asText) : [];
  const { t } = useTranslation('designer');
  const read = (text: string) =>
    numeric && text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
  return (
    <TagsInput
      data={options}
      value={value}
      onChange={(next) => props.onChange(next.length > 0 ? next.map(read) : undefined)}
      placeholder={value.length === 0 ? t('field.add_value') : ''}
      {...given(props)}
      splitChars={[',']}
      {...(isTemplate(props.value) ? { disabled: true } : {})}
    />
  );
}
