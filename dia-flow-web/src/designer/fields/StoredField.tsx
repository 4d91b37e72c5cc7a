import { Autocomplete, Group, TagsInput, Text } from '@mantine/core';
import { skipToken, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConnectionEntry } from '@/api';
import { entriesQuery } from '@/connections/queries';
import { nodeById } from '@/flow-core';
import { useDesigner } from '../state/context';
import type { FieldProps } from './types';

type Of = 'schema' | 'table' | 'column';

const KINDS: Record<Of, readonly ConnectionEntry['kind'][]> = {
  schema: ['schema'],
  table: ['table', 'view'],
  column: ['column'],
};

const LIST = { comboboxProps: { shadow: 'md' }, maxDropdownHeight: 260 } as const;

/** A schema, a table or columns of the node's connection: from those that there are, or any other. */
export function StoredField(props: FieldProps) {
  const { t } = useTranslation('designer');
  // The system is asked once somebody wants to choose.
  const [asked, setAsked] = useState(false);
  const of = (props.spec.schema['x-of'] ?? 'column') as Of;
  const entries = useEntries(props.nodeId, of, asked);
  const shared = {
    ...LIST,
    data: entries.map((entry) => entry.name),
    onFocus: () => setAsked(true),
    error: props.invalid,
    'aria-label': props.label,
    'data-testid': props.testId,
    renderOption: ({ option }: { option: { value: string } }) => (
      <Option entry={entries.find((each) => each.name === option.value)} name={option.value} />
    ),
  };
  if (props.spec.schema.type === 'array') {
    const value = Array.isArray(props.value) ? props.value.map(String) : [];
    return (
      <TagsInput
        {...shared}
        value={value}
        onChange={(next) => props.onChange(next.length > 0 ? next : undefined)}
        placeholder={value.length === 0 ? t('field.stored_columns') : ''}
        clearable
      />
    );
  }
  return (
    <Autocomplete
      {...shared}
      value={typeof props.value === 'string' ? props.value : ''}
      onChange={(value) => props.onChange(value || undefined)}
      placeholder={typeof props.spec.example === 'string' ? props.spec.example : ''}
    />
  );
}

function Option({ entry, name }: { entry: ConnectionEntry | undefined; name: string }) {
  return (
    <Group justify="space-between" gap="sm" wrap="nowrap" w="100%">
      <Text fz="sm" truncate>
        {name}
      </Text>
      {entry?.type && (
        <Text fz="xs" c="var(--app-muted)" ff="monospace">
          {entry.type}
        </Text>
      )}
    </Group>
  );
}

/** What the connection has at the place that the node names. Nobody is told when it cannot be asked: any name can be typed. */
function useEntries(nodeId: string, of: Of, asked: boolean): ConnectionEntry[] {
  const node = useDesigner((s) => nodeById(s.history.document, nodeId));
  const fixed = (name: string) => {
    const value = node?.with?.[name] ?? '';
    return typeof value === 'string' && !value.includes('{{') ? value : undefined;
  };
  const [connection, schema, table] = [fixed('connection'), fixed('schema'), fixed('table')];
  const known =
    asked &&
    connection &&
    (of === 'schema' || (schema !== undefined && (of === 'table' || Boolean(table))));
  const query = entriesQuery(
    connection ?? '',
    of === 'schema' ? '' : (schema ?? ''),
    of === 'column' ? (table ?? '') : '',
  );
  const { data = [] } = useQuery({ ...query, queryFn: known ? query.queryFn : skipToken });
  // Without a schema, tables lie in the one that the database takes by itself, where it tells which.
  const usual =
    of === 'table' && schema === '' && data.some((entry) => entry.name === 'public')
      ? 'public'
      : undefined;
  const inside = entriesQuery(connection ?? '', usual ?? '', '');
  const { data: tables } = useQuery({ ...inside, queryFn: usual ? inside.queryFn : skipToken });
  return (usual ? (tables ?? []) : data).filter((entry) => KINDS[of].includes(entry.kind));
}
