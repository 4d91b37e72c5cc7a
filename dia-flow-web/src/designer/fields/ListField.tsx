import { ActionIcon, Button, Group, Menu, UnstyledButton } from '@mantine/core';
import {
  IconArrowDown,
  IconArrowUp,
  IconChevronRight,
  IconDotsVertical,
  IconPlus,
  IconTrash,
} from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  type FieldSpec,
  fieldsOf,
  formatPath,
  nodeById,
  normalPath,
  resolveSchema,
  shownFields,
} from '@/flow-core';
import { useDesigner } from '../state/context';
import type { DesignerState } from '../state/store';
import { Field } from './Field';
import classes from './fields.module.css';
import { InputNames } from './InputNames';
import { SuggestButton, type SuggestFor } from './SuggestButton';
import type { FieldProps } from './types';

const SMALL = new Set(['text', 'column', 'type', 'enum', 'number', 'sql', 'expression']);
const MAX_IN_LINE = 3;

/** The types of nodes whose list can be filled from a look at the table that comes in. */
const SUGGESTED: Record<string, SuggestFor> = {
  'quality.check': 'check',
  'quality.clean': 'clean',
};

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** A new row starts with what has a choice but no default; everything else is empty. */
function emptyItem(fields: FieldSpec[]): Record<string, unknown> {
  const item: Record<string, unknown> = {};
  for (const field of fields) {
    if (field.required && field.options?.[0] && field.default === undefined) {
      item[field.name] = field.options[0];
    }
  }
  return item;
}

/** The rows in which something is wrong, or that somebody is led to, whose fields have to be seen. */
function neededRows(state: DesignerState, nodeId: string, place: string): string {
  const places = (state.problemsOf.get(nodeId) ?? []).map((problem) => problem.field ?? '');
  if (state.focusField?.node === nodeId) places.push(state.focusField.field ?? '');
  const rows = places
    .map(normalPath)
    .filter((each) => each.startsWith(`${place}[`))
    .map((each) => Number.parseInt(each.slice(place.length + 1), 10));
  return [...new Set(rows)].join(' ');
}

/** What a rule or a step is in one line: the name it was given, or its kind and columns. */
function label(row: unknown, t: TFunction<'designer'>): string {
  if (!isObject(row)) return '';
  if (typeof row.name === 'string' && row.name) return row.name;
  const field = row.do === undefined ? 'check' : 'do';
  const kind = String(row[field] ?? (field === 'do' ? 'trim' : 'not_null'));
  const on = Array.isArray(row.columns) ? row.columns.map(String).join(', ') : '';
  const text = typeof row.where === 'string' ? row.where : on;
  return [t(`choice.${field}.${kind}`, kind), text].filter(Boolean).join(' · ');
}

/** Rows of an array of objects, such as the columns of a derive or the measures of an aggregate. */
export function ListField({ nodeId, spec, root, path, value, onChange, testId }: FieldProps) {
  const { t, i18n } = useTranslation('designer');
  const items = Array.isArray(value) ? value : [];
  const suggested = useDesigner((s) => SUGGESTED[nodeById(s.history.document, nodeId)?.type ?? '']);
  const fields = fieldsOf(resolveSchema(spec.schema.items ?? {}, root), root);
  const inLine = fields.length <= MAX_IN_LINE && fields.every((f) => SMALL.has(f.widget));
  const names = fields.map((field) => field.name);
  const column = names.find((name) => name === 'name' || name === 'column');
  const fill = fields.find((f) => f.name === column)?.widget === 'column' ? column : undefined;
  // A long list of rules says what each is, and shows the form of one.
  const folds = !inLine && suggested !== undefined;
  const [open, setOpen] = useState(items.length === 1 ? 0 : -1);
  const needed = useDesigner((s) => (folds ? neededRows(s, nodeId, formatPath(path)) : ''));
  const shows = (i: number) => !folds || open === i || needed.split(' ').includes(String(i));
  const move = (from: number, to: number) => {
    setOpen(open === from ? to : -1);
    const next = [...items];
    const [moved] = next.splice(from, 1);
    next.splice(to, 0, moved);
    onChange(next);
  };
  const remove = (at: number) => {
    setOpen(-1);
    const next = items.filter((_, i) => i !== at);
    onChange(next.length > 0 ? next : undefined);
  };
  return (
    <div className={classes.stack} data-testid={testId}>
      {inLine && items.length > 0 && (
        <div className={classes.lineHead} aria-hidden>
          {fields.map((field) => (
            <span key={field.name} className={classes.bare}>
              {field.title[i18n.language === 'zh' ? 'zh' : 'en']}
            </span>
          ))}
        </div>
      )}
      {items.map((row, i) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: a row has no identity but its place
          key={i}
          className={inLine ? classes.line : classes.listItem}
          data-testid={`field-${formatPath([...path, i])}`}
        >
          {folds && (
            <UnstyledButton
              className={classes.fold}
              aria-expanded={shows(i)}
              aria-label={t('field.fold_row', { n: i + 1, label: label(row, t) })}
              onClick={() => setOpen(open === i ? -1 : i)}
              data-testid={`field-${formatPath([...path, i])}-fold`}
            >
              <IconChevronRight size={14} data-open={shows(i) || undefined} />
              <span title={label(row, t)}>{label(row, t)}</span>
            </UnstyledButton>
          )}
          <div className={inLine ? classes.lineFields : classes.stack}>
            {(inLine ? fields : shows(i) ? shownFields(fields, row) : []).map((field) => (
              <Field
                key={field.name}
                nodeId={nodeId}
                spec={field}
                root={root}
                path={[...path, i, field.name]}
                value={isObject(row) ? row[field.name] : undefined}
                bare={inLine}
              />
            ))}
          </div>
          <RowMenu
            n={i + 1}
            className={inLine ? undefined : classes.corner}
            onUp={i > 0 ? () => move(i, i - 1) : undefined}
            onDown={i < items.length - 1 ? () => move(i, i + 1) : undefined}
            onRemove={() => remove(i)}
            testId={`field-${formatPath([...path, i])}-menu`}
          />
        </div>
      ))}
      <Group gap="xs">
        <Button
          size="xs"
          variant="light"
          leftSection={<IconPlus size={14} />}
          onClick={() => {
            setOpen(items.length);
            onChange([...items, emptyItem(fields)]);
          }}
          data-testid={`${testId}-add`}
        >
          {t('field.add_row')}
        </Button>
        {suggested && (
          <SuggestButton
            nodeId={nodeId}
            kind={suggested}
            onAdd={(added) => onChange([...items, ...added])}
          />
        )}
        {fill && items.length === 0 && (
          <InputNames
            nodeId={nodeId}
            onUse={(columns) => onChange(columns.map((name) => ({ [fill]: name })))}
          />
        )}
      </Group>
    </div>
  );
}

interface RowMenuProps {
  n: number;
  className: string | undefined;
  onUp: (() => void) | undefined;
  onDown: (() => void) | undefined;
  onRemove: () => void;
  testId: string;
}

function RowMenu({ n, className, onUp, onDown, onRemove, testId }: RowMenuProps) {
  const { t } = useTranslation('designer');
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon
          size={24}
          mt={6}
          className={className}
          aria-label={t('field.row_menu', { n })}
          data-testid={testId}
        >
          <IconDotsVertical size={15} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconArrowUp size={15} />} disabled={!onUp} onClick={onUp}>
          {t('field.up')}
        </Menu.Item>
        <Menu.Item leftSection={<IconArrowDown size={15} />} disabled={!onDown} onClick={onDown}>
          {t('field.down')}
        </Menu.Item>
        <Menu.Item color="red" leftSection={<IconTrash size={15} />} onClick={onRemove}>
          {t('field.remove')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
