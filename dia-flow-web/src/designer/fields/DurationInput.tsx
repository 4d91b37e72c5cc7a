import { TextInput, type TextInputProps } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { isDuration } from '@/flow-core';

interface Props extends Omit<TextInputProps, 'value' | 'onChange'> {
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

/** A time such as 30s or 1h30m; empty is none. */
export function DurationInput({ value = '', onChange, error, ...props }: Props) {
  const { t } = useTranslation('designer');
  const bad = value !== '' && !isDuration(value);
  return (
    <TextInput
      {...props}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      autoComplete="off"
      spellCheck={false}
      value={value}
      error={error ?? (bad ? t('field.duration') : undefined)}
      onChange={(event) => onChange(event.currentTarget.value.trim() || undefined)}
    />
  );
}
