import { FilePicker } from '@/data/FilePicker';
import type { FieldProps } from './types';

/** The name of a file of the tenant: chosen, typed, or uploaded here. */
export function FileField(props: FieldProps) {
  return (
    <FilePicker
      value={typeof props.value === 'string' ? props.value : ''}
      onChange={(name) => props.onChange(name || undefined)}
      placeholder={typeof props.spec.example === 'string' ? props.spec.example : undefined}
      error={props.invalid}
      aria-label={props.label}
      data-testid={props.testId}
    />
  );
}
