import { Badge, Group, Loader, NavLink, Stack, Table, Text, Title } from '@mantine/core';
import {
  IconBucket,
  IconDatabase,
  IconEye,
  IconFile,
  IconFolder,
  IconKey,
  IconListSearch,
  IconMessageOff,
  IconMessages,
  IconTable,
  IconTableOff,
  IconTextWrapDisabled,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ApiError, type ConnectionEntry, toApiError } from '@/api';
import { family } from '@/data';
import { useFormat } from '@/lib/format';
import { EmptyState } from '@/ui/EmptyState';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { TableCard } from '@/ui/TableCard';
import classes from './connections.module.css';
import { entriesQuery, kindsQuery, sampleQuery } from './queries';

interface Chosen {
  schema: string;
  table: string;
  kind: ConnectionEntry['kind'];
  /** Of a key of Redis: what it is. */
  type?: string | undefined;
}

/** What is said in place of a list where the system has none. */
const unlisted: Partial<Record<string, 'http' | 'outbox'>> = { http: 'http', outbox: 'outbox' };

function Nothing({ kind }: { kind: string }) {
  const { t } = useTranslation('connections');
  const { data: kinds } = useQuery(kindsQuery);
  const offers = kinds?.find((each) => each.name === kind)?.offers ?? [];
  const why = offers.length === 1 ? unlisted[offers[0] ?? ''] : undefined;
  return (
    <EmptyState icon={IconListSearch} title={t('browse.nothing')} compact>
      {why && t(`browse.unlisted.${why}`)}
    </EmptyState>
  );
}

/** Looks through a connection: schemas, tables and columns, or topics, on the left; rows or messages on the right. */
export function Browser({ name, kind }: { name: string; kind: string }) {
  const { t } = useTranslation('connections');
  const [chosen, setChosen] = useState<Chosen>();
  const top = useQuery(entriesQuery(name, '', ''));
  if (top.error) {
    return (
      <ProblemAlert
        title={t('browse.failed')}
        error={top.error}
        onRetry={() => void top.refetch()}
        retrying={top.isFetching}
      />
    );
  }
  if (top.data?.length === 0) {
    return <Nothing kind={kind} />;
  }
  if (top.isPending) {
    return (
      <Group gap="xs" role="status">
        <Loader size="xs" aria-hidden />
        <Text size="sm" style={{ color: 'var(--app-muted)' }}>
          {t('browse.asking')}
        </Text>
      </Group>
    );
  }
  return (
    <div className={classes.browser}>
      <nav className={classes.tree} aria-label={t('browse.title')} data-testid="connection-tree">
        <Level name={name} within="empty" schema="" table="" chosen={chosen} onChoose={setChosen} />
      </nav>
      <section className={classes.rows} aria-label={t('browse.rows')}>
        {chosen ? (
          <Sample name={name} chosen={chosen} />
        ) : (
          <EmptyState icon={IconListSearch} title={t('browse.choose')} compact />
        )}
      </section>
    </div>
  );
}

interface LevelProps {
  name: string;
  /** What is said where nothing is there. */
  within: 'empty' | 'emptySchema';
  schema: string;
  table: string;
  chosen: Chosen | undefined;
  onChoose: (chosen: Chosen) => void;
}

function Level({ name, within, schema, table, chosen, onChoose }: LevelProps) {
  const { t } = useTranslation('connections');
  const entries = useQuery(entriesQuery(name, schema, table));
  if (entries.error) {
    return (
      <ProblemAlert
        error={entries.error}
        onRetry={() => void entries.refetch()}
        retrying={entries.isFetching}
      />
    );
  }
  if (entries.isPending) return <Loader size="xs" m="xs" aria-label={t('browse.loading')} />;
  if (entries.data.length === 0) {
    return (
      <Text size="sm" p="xs" style={{ color: 'var(--app-muted)' }}>
        {t(`browse.${within}`)}
      </Text>
    );
  }
  return entries.data.map((entry) => (
    <Entry
      key={`${entry.kind}/${entry.name}`}
      entry={entry}
      name={name}
      chosen={chosen}
      onChoose={onChoose}
    />
  ));
}

const icons = {
  schema: IconDatabase,
  table: IconTable,
  view: IconEye,
  column: IconTextWrapDisabled,
  bucket: IconBucket,
  folder: IconFolder,
  object: IconFile,
  topic: IconMessages,
};

/** Kinds of what others lie in. */
const holders = ['schema', 'bucket', 'folder'];

function Entry({
  entry,
  name,
  chosen,
  onChoose,
}: Omit<LevelProps, 'within' | 'schema' | 'table'> & { entry: ConnectionEntry }) {
  const { t } = useTranslation('connections');
  const format = useFormat();
  const [open, setOpen] = useState(entry.kind === 'schema' && entry.name === 'public');
  const Icon = entry.key ? IconKey : icons[entry.kind];
  if (entry.kind === 'column') {
    return (
      <div
        className={classes.column}
        title={`${entry.name} · ${entry.type}`}
        data-testid="entry-column"
      >
        <Icon size={14} stroke={1.6} aria-label={entry.key ? t('browse.key') : undefined} />
        <span>{entry.name}</span>
        <code>{entry.type}</code>
      </div>
    );
  }
  const holds = holders.includes(entry.kind);
  const schema = holds ? entry.name : (entry.schema ?? '');
  const table = holds ? '' : entry.name;
  const leaf = entry.kind === 'object' || entry.kind === 'topic';
  return (
    <NavLink
      component="button"
      type="button"
      label={lastPart(entry)}
      description={
        entry.size != null
          ? format.bytes(entry.size)
          : entry.type
            ? typeName(t, entry.type)
            : entry.rows != null
              ? t(entry.kind === 'topic' ? 'browse.aboutMessages' : 'browse.about', {
                  count: entry.rows,
                  n: format.number(entry.rows),
                })
              : undefined
      }
      leftSection={<Icon size={16} stroke={1.6} />}
      className={classes.entry ?? ''}
      active={table !== '' && chosen?.schema === schema && chosen.table === table}
      opened={open}
      onChange={setOpen}
      onClick={() => {
        if (table) onChoose({ schema, table, kind: entry.kind, type: entry.type });
      }}
      childrenOffset={18}
      aria-expanded={leaf ? undefined : open}
      title={entry.name}
      data-testid={`entry-${entry.kind}`}
      data-name={entry.name}
    >
      {leaf ? null : open ? (
        <Level
          name={name}
          within={entry.kind === 'schema' ? 'emptySchema' : 'empty'}
          schema={schema}
          table={table}
          chosen={chosen}
          onChoose={onChoose}
        />
      ) : (
        <span />
      )}
    </NavLink>
  );
}

const LIST = 'list:';

/** The key that is read as a topic of Redis. */
const keyOf = ({ name, type }: { name: string; type?: string | undefined }) =>
  type === 'list' && name.startsWith(LIST) ? name.slice(LIST.length) : name;

/** Types of keys in words; those of modules as they are. */
const typeName = (t: TFunction<'connections'>, type: string) =>
  t(`browse.type.${type}`, { defaultValue: type });

/** The name of what lies in a folder without that of the folder. */
function lastPart(entry: ConnectionEntry): string {
  if (entry.type || entry.schema?.endsWith(':')) {
    const key = keyOf(entry);
    return (entry.schema && key.startsWith(entry.schema) && key.slice(entry.schema.length)) || key;
  }
  if (entry.kind !== 'folder' && entry.kind !== 'object') return entry.name;
  return entry.name.split('/').filter(Boolean).at(-1) ?? entry.name;
}

/** What the nodes of flows can do with a key of Redis. */
function Use({ chosen }: { chosen: Chosen }) {
  const { t } = useTranslation('connections');
  const { table: name, type } = chosen;
  if (!type) return null;
  const topic = chosen.kind === 'topic' && (type === 'list' ? 'list' : 'stream');
  return (
    <Text
      size="sm"
      style={{ color: 'var(--app-muted)', overflowWrap: 'anywhere' }}
      data-testid="entry-use"
    >
      {t(`browse.use.${topic || 'key'}`, {
        name,
        key: keyOf({ name, type }),
        pattern: `${chosen.schema}*`,
      })}
    </Text>
  );
}

/** What is not wrong, though there is nothing to look at. */
const QUIET: Record<
  string,
  {
    icon: typeof IconTable;
    title: 'browse.notKept' | 'browse.noTable';
    says: (problem: ApiError) => string | undefined;
  }
> = {
  messages_not_kept: { icon: IconMessageOff, title: 'browse.notKept', says: ({ hint }) => hint },
  format_unknown: { icon: IconTableOff, title: 'browse.noTable', says: ({ message }) => message },
};

function Sample({ name, chosen }: { name: string; chosen: Chosen }) {
  const { t } = useTranslation('connections');
  const sample = useQuery(sampleQuery(name, chosen.schema, chosen.table));
  const topic = chosen.kind === 'topic';
  // The name of a topic, an object or a key says where it lies.
  const whole = topic || chosen.kind === 'object' || !chosen.schema;
  const title = whole ? chosen.table : `${chosen.schema}.${chosen.table}`;
  const problem = sample.error && toApiError(sample.error);
  const quiet = problem && QUIET[problem.code];
  return (
    <Stack gap="sm">
      <Title order={2} fz={15} ff="monospace">
        {title}
      </Title>
      <Use chosen={chosen} />
      {quiet ? (
        <EmptyState icon={quiet.icon} title={t(quiet.title)} compact>
          {quiet.says(problem)}
        </EmptyState>
      ) : (
        sample.error && (
          <ProblemAlert
            error={sample.error}
            onRetry={() => void sample.refetch()}
            retrying={sample.isFetching}
          />
        )
      )}
      {sample.isPending && <Loader size="sm" aria-label={t('browse.loading')} />}
      {sample.data?.rows.length === 0 && (
        <EmptyState
          icon={topic ? IconMessageOff : IconTableOff}
          title={t(topic ? 'browse.noMessages' : 'browse.noRows')}
          compact
        />
      )}
      {sample.data && sample.data.rows.length > 0 && (
        <>
          <TableCard label={title} maxHeight="60dvh">
            <Table.Thead>
              <Table.Tr>
                {sample.data.columns.map((column) => (
                  <Table.Th key={column.name} ta={numeric(column.type) ? 'right' : undefined}>
                    {column.name}
                    <Badge
                      variant="default"
                      size="xs"
                      ml={6}
                      tt="none"
                      fw={500}
                      miw="max-content"
                      title={column.type}
                    >
                      {column.type}
                    </Badge>
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody data-testid="sample-rows">
              {(sample.data.rows as unknown as unknown[][]).map((row, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: rows of a sample have no other name
                <Table.Tr key={at}>
                  {row.map((cell, column) => (
                    <Table.Td
                      key={sample.data.columns[column]?.name}
                      maw={280}
                      className={
                        numeric(sample.data.columns[column]?.type) ? (classes.number ?? '') : ''
                      }
                    >
                      <Cell value={cell} />
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </TableCard>
          <Text size="xs" style={{ color: 'var(--app-muted)' }}>
            {t(topic ? 'browse.last' : 'browse.first', {
              count: sample.data.rows.length,
            })}
          </Text>
        </>
      )}
    </Stack>
  );
}

const numeric = (type = '') => family(type) === 'number';

function Cell({ value }: { value: unknown }) {
  if (value === null) {
    return (
      <Text size="xs" fs="italic" style={{ color: 'var(--app-muted)' }}>
        null
      </Text>
    );
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return (
    <Text size="sm" truncate title={text}>
      {text}
    </Text>
  );
}
