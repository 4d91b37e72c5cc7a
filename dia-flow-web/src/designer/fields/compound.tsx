import { ActionIcon, Button, Group, TextInput, Tooltip } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { fieldsOf, shownFields } from '@/flow-core';
import { Field } from './Field';
import classes from './fields.module.css';
import type { FieldProps } from './types';

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

export function ObjectField({ nodeId, spec, root, path, value }: FieldProps) {
  const fields = shownFields(fieldsOf(spec.schema, root), value);
  return (
    <div className={classes.listItem}>
      <div className={classes.stack}>
        {fields.map((field) => (
          <Field
            key={field.name}
            nodeId={nodeId}
            spec={field}
            root={root}
            path={[...path, field.name]}
            value={isObject(value) ? value[field.name] : undefined}
          />
        ))}
      </div>
    </div>
  );
}

function RowButton({
  label,
  onClick,
  children,
  disabled,
  testId,
}: {
  label: string;
  onClick: () => void;
  children: React.ReactNode;
  disabled?: boolean;
  testId?: string;
}) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        size={24}
        aria-label={label}
        onClick={onClick}
        disabled={disabled ?? false}
        {...(testId ? { 'data-testid': testId } : {})}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

/** A mapping of free names to texts. The value may be any JSON; what is typed is read as JSON when it is not a text. */
export function KeyValueField({ value, onChange, spec, testId, label, path }: FieldProps) {
  const { t } = useTranslation('designer');
  const entries = isObject(value) ? Object.entries(value) : [];
  const typed = typeof spec.schema.additionalProperties === 'object';
  const textOnly =
    typed && (spec.schema.additionalProperties as { type?: string }).type === 'string';
  const write = (next: [string, unknown][]) =>
    onChange(next.length > 0 ? Object.fromEntries(next) : undefined);
  return (
    <div className={classes.stack} data-testid={testId} data-place={path.join('.')}>
      {entries.map(([key, item], i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the name is what is being typed
        <div key={i} className={classes.row}>
          <TextInput
            flex={2}
            value={key}
            aria-label={t('field.name_of', { name: label, n: i + 1 })}
            placeholder={t('field.name')}
            onChange={(event) => {
              const name = event.currentTarget.value;
              if (entries.some(([other], at) => at !== i && other === name)) return;
              write(entries.map((entry, at) => (at === i ? [name, entry[1]] : entry)));
            }}
            data-testid={`${testId}-key-${i}`}
          />
          <TextInput
            flex={3}
            value={typeof item === 'string' ? item : JSON.stringify(item)}
            aria-label={t('field.value_of', { name: key || i + 1 })}
            placeholder={t('field.value')}
            onChange={(event) => {
              const text = event.currentTarget.value;
              const next = textOnly ? text : readLoose(text);
              write(entries.map((entry, at) => (at === i ? [entry[0], next] : entry)));
            }}
            data-testid={`${testId}-value-${i}`}
          />
          <RowButton
            label={t('field.remove')}
            onClick={() => write(entries.filter((_, at) => at !== i))}
          >
            <IconTrash size={14} />
          </RowButton>
        </div>
      ))}
      <Group>
        <Button
          size="xs"
          variant="light"
          leftSection={<IconPlus size={14} />}
          disabled={entries.some(([key]) => key === '')}
          onClick={() => write([...entries, ['', '']])}
          data-testid={`${testId}-add`}
        >
          {t('field.add_pair')}
        </Button>
      </Group>
    </div>
  );
}

/** Numbers, booleans, lists and objects are meant as such; everything else is text. */
function readLoose(text: string): unknown {
  if (!/^\s*(-?\d|true$|false$|null$|\[.*\]$|\{(?!\{).*\}$)/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
