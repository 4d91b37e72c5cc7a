import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { toApiError } from '@/api';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { ParamField } from './ParamField';
import { checkField, type Definitions, type Fields, toFields, toValues } from './values';

export interface ParamsModalProps {
  opened: boolean;
  onClose: () => void;
  definitions: Definitions;
  /** Values to begin with; absent ones take the defaults. */
  values?: Record<string, unknown>;
  busy?: boolean;
  error?: unknown;
  onSubmit: (values: Record<string, unknown>) => void;
}

/** The form of a flow's parameters, to start a run with. */
export function ParamsModal(props: ParamsModalProps) {
  const { opened, onClose, definitions, values = {}, busy, error, onSubmit } = props;
  const { t } = useTranslation('runs');
  const names = Object.keys(definitions);
  const form = useForm<Fields>({
    initialValues: toFields(definitions, values),
    validate: Object.fromEntries(
      Object.entries(definitions).map(([name, definition]) => [
        name,
        (field: string | boolean) => {
          const problem = checkField(definition, field);
          return problem ? t(`params.${problem}`, { ...definition }) : null;
        },
      ]),
    ),
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: begins anew each time the dialog opens
  useEffect(() => {
    if (opened) {
      form.setValues(toFields(definitions, values));
      form.clearErrors();
    }
  }, [opened]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new refusal is shown
  useEffect(() => {
    if (!error) return;
    for (const [field, message] of Object.entries(toApiError(error).byField())) {
      const name = field.split('.').at(-1) ?? '';
      if (name in definitions) form.setFieldError(name, message);
    }
  }, [error]);

  return (
    <Modal opened={opened} onClose={onClose} title={t('params.title')} size="lg">
      <form
        onSubmit={form.onSubmit((fields) => onSubmit(toValues(definitions, fields)))}
        noValidate
      >
        <Stack>
          {names.length === 0 && <Text size="sm">{t('params.none')}</Text>}
          {names.map((name, i) => {
            const definition = definitions[name];
            return definition ? (
              <ParamField
                key={name}
                name={name}
                definition={definition}
                form={form}
                focus={i === 0}
              />
            ) : null;
          })}
          {error !== null && error !== undefined && <ProblemAlert error={error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('common:action.cancel')}
            </Button>
            <Button
              type="submit"
              loading={busy}
              leftSection={<IconPlayerPlay size={16} />}
              data-testid="params-run"
            >
              {t('params.run')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
