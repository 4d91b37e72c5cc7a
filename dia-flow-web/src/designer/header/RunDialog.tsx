import {
  Alert,
  Button,
  Group,
  Modal,
  NumberInput,
  Select,
  Stack,
  Switch,
  Textarea,
  TextInput,
} from '@mantine/core';
import { IconPlayerPlayFilled } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ApiError } from '@/api/errors';
import type { Param } from '@/flow-core';
import { useDesigner } from '../state/context';
import { checkParam, isNeeded, readParam } from './params';

interface Props {
  opened: boolean;
  onClose: () => void;
  onRun: (params: Record<string, unknown>) => Promise<ApiError | undefined>;
}

/** Asks for the flow's parameters; what the run before used stands there already. */
export function RunDialog({ opened, onClose, onRun }: Props) {
  const { t } = useTranslation('designer');
  return (
    <Modal opened={opened} onClose={onClose} title={t('run.params_title')} size="md">
      {opened && <ParamsForm onClose={onClose} onRun={onRun} />}
    </Modal>
  );
}

function ParamsForm({ onClose, onRun }: Omit<Props, 'opened'>) {
  const { t } = useTranslation('designer');
  const params = useDesigner((s) => s.history.document.spec.params);
  const before = useDesigner((s) => s.run?.params);
  const [values, setValues] = useState<Record<string, unknown>>(() =>
    Object.fromEntries(
      Object.entries(params ?? {}).map(([name, param]) => [
        name,
        before?.[name] ?? param.default ?? (param.type === 'boolean' ? false : undefined),
      ]),
    ),
  );
  const [shown, setShown] = useState(false);
  const [error, setError] = useState<ApiError | undefined>();
  const [busy, setBusy] = useState(false);

  const entries = Object.entries(params ?? {});
  const problems = Object.fromEntries(
    entries.map(([name, param]) => [name, checkParam(param, values[name])]),
  );
  const fromServer = (name: string) =>
    error?.details.find((d) => d.field?.replace(/^params\./, '') === name)?.message;

  const submit = async () => {
    setShown(true);
    if (Object.values(problems).some(Boolean)) return;
    setBusy(true);
    const given = Object.fromEntries(
      entries
        .map(([name, param]) => [name, readParam(param, values[name])] as const)
        .filter(([, value]) => value !== undefined && value !== ''),
    );
    setError(await onRun(given));
    setBusy(false);
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Stack gap="md">
        {entries.map(([name, param], i) => {
          const problem = shown ? problems[name] : undefined;
          return (
            <ParamInput
              key={name}
              name={name}
              param={param}
              value={values[name]}
              focus={i === 0}
              error={
                fromServer(name) ??
                (problem && t(`params.bad_${problem}`, { min: param.minimum, max: param.maximum }))
              }
              onChange={(value) => {
                setValues({ ...values, [name]: value });
                setError(undefined);
              }}
            />
          );
        })}
        {error && !error.details.some((d) => d.field) && <Alert color="red">{error.message}</Alert>}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('action.cancel')}
          </Button>
          <Button
            type="submit"
            loading={busy}
            leftSection={<IconPlayerPlayFilled size={15} />}
            data-testid="run-confirm"
          >
            {t('run.run')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface InputProps {
  name: string;
  param: Param;
  value: unknown;
  error: string | undefined;
  focus: boolean;
  onChange: (value: unknown) => void;
}

function ParamInput({ name, param, value, error, focus, onChange }: InputProps) {
  const common = {
    label: param.title || name,
    description: param.description,
    error,
    required: isNeeded(param),
    withAsterisk: isNeeded(param),
    'data-testid': `param-${name}`,
    ...(focus ? { 'data-autofocus': true } : {}),
  };
  const text =
    value === undefined || value === null
      ? ''
      : typeof value === 'object'
        ? JSON.stringify(value, null, 2)
        : String(value);
  if (param.enum) {
    const options = param.enum;
    return (
      <Select
        {...common}
        data={options.map(String)}
        value={text || null}
        onChange={(next) => onChange(options.find((option) => String(option) === next))}
      />
    );
  }
  switch (param.type) {
    case 'boolean': {
      const { required: _, withAsterisk: __, ...rest } = common;
      return (
        <Switch
          {...rest}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    }
    case 'number':
    case 'integer':
      return (
        <NumberInput
          {...common}
          value={typeof value === 'number' ? value : ''}
          allowDecimal={param.type === 'number'}
          clampBehavior="none"
          onChange={(next) => onChange(typeof next === 'number' ? next : undefined)}
        />
      );
    case 'object':
    case 'array':
      return (
        <Textarea
          {...common}
          autosize
          minRows={3}
          value={text}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    default:
      return (
        <TextInput
          {...common}
          type={
            param.type === 'date' ? 'date' : param.type === 'datetime' ? 'datetime-local' : 'text'
          }
          value={text}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
  }
}
