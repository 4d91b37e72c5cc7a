import { Autocomplete, Group, TagsInput, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { skipToken, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConnectionEntry } from '@/api';
import { failing } from '@/connections/failing';
import { connectionsQuery, entriesQuery } from '@/connections/queries';
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
  // The system is asked while somebody wants to choose: whoever is here has left the field of the table.
  const [here, setHere] = useState(false);
  const of = (props.spec.schema['x-of'] ?? 'column') as Of;
  const entries = useEntries(props.nodeId, of, here);
  const shared = {
    ...LIST,
    data: entries.map((entry) => entry.name),
    onFocus: () => setHere(true),
    onBlur: () => setHere(false),
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

/** How long a name has to stay as it is before it is asked about. */
const SETTLED_MS = 400;

/** How long an answer that failed is not asked for again. */
const FAILED_MS = 60_000;

/** What the connection has at the place that the node names. Nobody is told when it cannot be asked: any name can be typed. */
function useEntries(nodeId: string, of: Of, here: boolean): ConnectionEntry[] {
  const node = useDesigner((s) => nodeById(s.history.document, nodeId));
  const fixed = (name: string) => {
    const value = node?.with?.[name] ?? '';
    return typeof value === 'string' && !value.includes('{{') ? value : undefined;
  };
  const [connection, schema, table] = [fixed('connection'), fixed('schema'), fixed('table')];
  const known =
    Boolean(connection) &&
    (of === 'schema' || (schema !== undefined && (of === 'table' || Boolean(table))));
  const [top, inner] = [
    of === 'schema' ? '' : (schema ?? ''),
    of === 'column' ? (table ?? '') : '',
  ];
  const place = JSON.stringify([connection, top, inner]);
  const [settled] = useDebouncedValue(place, SETTLED_MS);
  const { data: connections } = useQuery(connectionsQuery);
  const found = connections?.find((each) => each.name === connection);
  // Every question logs in, and wrong passwords lock users out.
  const ask = here && known && settled === place && found !== undefined && !failing(found);

  const data = useAsked(connection ?? '', top, inner, ask);
  // Without a schema, tables lie in the one that the database takes by itself, where it tells which.
  const usual =
    of === 'table' && schema === ''
      ? data.find((entry) => entry.kind === 'schema' && entry.default)?.name
      : undefined;
  const inside = useAsked(connection ?? '', usual ?? '', '', ask && usual !== undefined);
  return (usual === undefined ? data : inside).filter((entry) => KINDS[of].includes(entry.kind));
}

function useAsked(connection: string, schema: string, table: string, ask: boolean) {
  const client = useQueryClient();
  const query = entriesQuery(connection, schema, table);
  const before = client.getQueryState(query.queryKey);
  const failed = before?.status === 'error' && Date.now() - before.errorUpdatedAt < FAILED_MS;
  const { data = [] } = useQuery({ ...query, queryFn: ask && !failed ? query.queryFn : skipToken });
  return data;
}
