import { JsonInput, Select, Switch, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import type { FlowParam } from '@/api';
import type { Fields } from './values';

interface ParamFieldProps {
  name: string;
  definition: FlowParam;
  form: UseFormReturnType<Fields>;
  /** Whether a dialog begins at this field. */
  focus?: boolean;
}

/** One parameter in a form, by its type. */
export function ParamField({ name, definition, form, focus }: ParamFieldProps) {
  const { t } = useTranslation('runs');
  const common = {
    label: definition.title || name,
    description: definition.description,
    withAsterisk: definition.required && definition.default === undefined,
    'data-testid': `param-${name}`,
    'data-autofocus': focus || undefined,
  };
  if (definition.type === 'boolean') {
    return <Switch {...common} {...form.getInputProps(name, { type: 'checkbox' })} />;
  }
  if (definition.enum?.length) {
    return (
      <Select
        {...common}
        data={definition.enum.map(String)}
        clearable={!definition.required}
        {...form.getInputProps(name)}
        value={(form.values[name] as string) || null}
        onChange={(value) => form.setFieldValue(name, value ?? '')}
      />
    );
  }
  if (definition.type === 'object' || definition.type === 'array') {
    return (
      <JsonInput
        {...common}
        minRows={4}
        autosize
        formatOnBlur
        placeholder={definition.type === 'array' ? '[]' : '{}'}
        {...form.getInputProps(name)}
      />
    );
  }
  const kinds: Partial<Record<FlowParam['type'], string>> = {
    date: 'date',
    datetime: 'datetime-local',
  };
  const numeric = definition.type === 'number' || definition.type === 'integer';
  return (
    <TextInput
      {...common}
      type={kinds[definition.type] ?? 'text'}
      inputMode={numeric ? 'decimal' : undefined}
      placeholder={
        definition.default !== undefined
          ? t('params.default', { value: String(definition.default) })
          : undefined
      }
      {...form.getInputProps(name)}
    />
  );
}
