import { TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import type { ApiError } from '@/api';
import { nameFor, namePattern } from './slug';

export interface NameValues {
  title: string;
  name: string;
  /** The name was typed by hand and no longer follows the title. */
  own: boolean;
}

export const nameRules = (t: (key: string) => string) => ({
  title: (value: string) => (value.trim() ? null : t('create.titleMissing')),
  name: (value: string) =>
    namePattern.test(value) && value.length <= 63 ? null : t('create.nameInvalid'),
});

/** Puts the server's complaints on the field they are about; tells whether all found one. */
export function showNameProblem(form: UseFormReturnType<NameValues>, error: ApiError): boolean {
  const fields = error.byField();
  const taken = ['flow_exists', 'flow_name_taken', 'name_taken'].includes(error.code);
  const message = Object.entries(fields).find(([path]) => /(^|\.)name$/.test(path))?.[1];
  if (!taken && !message && error.status !== 409) return false;
  form.setFieldError('name', message ?? error.message);
  return true;
}

/** Title and name of a flow; the name follows the title until it is changed by hand. */
export function FlowNameFields({ form }: { form: UseFormReturnType<NameValues> }) {
  const { t } = useTranslation('flows');
  return (
    <>
      <TextInput
        label={t('create.title')}
        placeholder={t('create.titleExample')}
        withAsterisk
        data-autofocus
        data-testid="flow-title"
        {...form.getInputProps('title')}
        onChange={(event) => {
          const title = event.currentTarget.value;
          form.setFieldValue('title', title);
          if (!form.values.own)
            form.setFieldValue('name', title.trim() ? nameFor(title, fixed) : '');
        }}
      />
      <TextInput
        label={t('create.name')}
        description={t('create.nameHelp')}
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        data-testid="flow-name"
        {...form.getInputProps('name')}
        onChange={(event) => {
          form.setFieldValue('name', event.currentTarget.value);
          form.setFieldValue('own', event.currentTarget.value !== '');
        }}
      />
    </>
  );
}

// One ending per visit, so that the name does not flicker while a Chinese title is being typed.
const ending = Math.random();
const fixed = () => ending;
