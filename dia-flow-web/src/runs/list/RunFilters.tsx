import { Group, Pill, Select, TextInput, Tooltip, UnstyledButton } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconClockExclamation, IconPlayerPauseFilled, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getFlow, keys, listFlows, type RunCounts, type RunStatus } from '@/api';
import { useFormat } from '@/lib/format';
import { StatusIcon } from '@/ui/StatusBadge';
import { shortId } from '../ids';
import { type Range, type RunSearch, ranges, runStatuses } from '../search';
import classes from './filters.module.css';

interface Props {
  search: RunSearch;
  counts?: RunCounts;
  live: boolean;
  onChange: (part: Partial<RunSearch>) => void;
}

const FLAGS = [
  { name: 'paused', icon: IconPlayerPauseFilled },
  { name: 'late', icon: IconClockExclamation },
] as const;

export function RunFilters({ search, counts, live, onChange }: Props) {
  const { t } = useTranslation('runs');
  const [text, setText] = useState(search.q ?? '');
  const applyText = useDebouncedCallback(
    (q: string) => onChange({ q: q.trim() || undefined }),
    250,
  );
  const toggle = (status: RunStatus) => {
    const on = search.status ?? [];
    const next = on.includes(status) ? on.filter((each) => each !== status) : [...on, status];
    onChange({
      status: next.length ? runStatuses.filter((each) => next.includes(each)) : undefined,
    });
  };

  return (
    <Group gap="sm" justify="space-between">
      <fieldset className={classes.statuses} aria-label={t('filter.status')}>
        <StatusChip
          label={t('filter.all')}
          count={counts && runStatuses.reduce((sum, status) => sum + (counts[status] ?? 0), 0)}
          on={!search.status}
          onClick={() => onChange({ status: undefined })}
        />
        {runStatuses.map((status) => (
          <StatusChip
            key={status}
            status={status}
            label={t(`common:status.${status}`)}
            count={counts?.[status]}
            on={search.status?.includes(status) ?? false}
            onClick={() => toggle(status)}
          />
        ))}
        {FLAGS.map(({ name, icon: Icon }) => (
          <Tooltip key={name} label={t(`${name}.filter`)}>
            <UnstyledButton
              className={classes.chip}
              aria-pressed={search[name] ?? false}
              onClick={() => onChange({ [name]: search[name] ? undefined : true })}
              data-testid={`filter-${name}`}
            >
              <Icon size={15} className={classes.flag} />
              {t(`${name}.label`)}
            </UnstyledButton>
          </Tooltip>
        ))}
        <Tooltip label={t(live ? 'live.on' : 'live.off')}>
          <span className={classes.live} data-on={live || undefined} data-testid="live">
            {t('live.label')}
          </span>
        </Tooltip>
      </fieldset>
      <Group gap="xs">
        {(search.parent || search.backfill) && (
          <Pill
            size="lg"
            withRemoveButton
            onRemove={() => onChange({ parent: undefined, backfill: undefined })}
            removeButtonProps={{ 'aria-label': t('noMatch.clear') }}
            data-testid="filter-together"
          >
            {search.parent
              ? t('filter.parent', { id: shortId(search.parent) })
              : t('filter.backfill', { id: shortId(search.backfill ?? '') })}
          </Pill>
        )}
        <TextInput
          w={220}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            applyText(event.currentTarget.value);
          }}
          leftSection={<IconSearch size={16} />}
          placeholder={t('filter.text')}
          aria-label={t('filter.text')}
          data-testid="run-search"
        />
        <FlowSelect value={search.flow} onChange={(flow) => onChange({ flow })} />
        <Select
          w={150}
          value={search.range ?? null}
          onChange={(range) => onChange({ range: (range as Range | null) ?? undefined })}
          data={(Object.keys(ranges) as Range[]).map((range) => ({
            value: range,
            label: t(`range.${range}`),
          }))}
          placeholder={t('range.any')}
          aria-label={t('filter.range')}
          clearable
        />
      </Group>
    </Group>
  );
}

interface ChipProps {
  label: string;
  status?: RunStatus;
  count?: number;
  on: boolean;
  onClick: () => void;
}

function StatusChip({ label, status, count, on, onClick }: ChipProps) {
  const format = useFormat();
  return (
    <UnstyledButton
      className={classes.chip}
      aria-pressed={on}
      onClick={onClick}
      data-testid={`status-${status ?? 'all'}`}
    >
      {status && <StatusIcon status={status} size={15} />}
      {label}
      <span className={classes.count}>{count === undefined ? '…' : format.number(count)}</span>
    </UnstyledButton>
  );
}

function FlowSelect({ value, onChange }: { value?: string; onChange: (id?: string) => void }) {
  const { t } = useTranslation('runs');
  const [text, setText] = useState('');
  const flows = useQuery({
    queryKey: [...keys.flows, 'select', text],
    queryFn: ({ signal }) => listFlows({ q: text, limit: 20 }, signal),
    placeholderData: (old) => old,
  });
  const chosen = useQuery({
    queryKey: [...keys.flows, 'name', value],
    queryFn: ({ signal }) => getFlow(value ?? '', signal),
    enabled: Boolean(value) && !flows.data?.items.some((flow) => flow.id === value),
    retry: false,
  });
  const options = (flows.data?.items ?? []).map((flow) => ({
    value: flow.id,
    label: flow.title || flow.name,
  }));
  if (value && !options.some((option) => option.value === value)) {
    const label = chosen.data ? chosen.data.title || chosen.data.name : value;
    options.unshift({ value, label });
  }
  return (
    <Select
      w={200}
      searchable
      clearable
      value={value ?? null}
      onChange={(id) => onChange(id ?? undefined)}
      onSearchChange={(next) => {
        if (!options.some((option) => option.label === next)) setText(next);
      }}
      filter={({ options: all }) => all}
      data={options}
      placeholder={t('filter.anyFlow')}
      aria-label={t('filter.flow')}
      nothingFoundMessage={t('filter.noFlow')}
      data-testid="run-flow"
    />
  );
}
