import { Button, Divider, Group, Select, Stack, Text, TextInput, Tooltip } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Condition, TableColumn } from '@/api';
import { CopyButton } from '@/ui/CopyButton';
import { ColumnProfileView, ProfileBody } from './ColumnProfileView';
import { family, shortType } from './cells';
import type { GridSource } from './source';

interface ColumnPanelProps {
  column: TableColumn;
  source: GridSource;
  artifactId?: string;
  onDone: () => void;
}

const unary = ['is_null', 'not_null'];

/** Sorting, filter and profile of one column. */
export function ColumnPanel({ column, source, artifactId, onDone }: ColumnPanelProps) {
  const { t } = useTranslation('data');
  const sort = source.view?.sort.find((key) => key.column === column.name);
  const profile = source.profile?.columns.find((each) => each.name === column.name);
  const setSort = (desc: boolean) => {
    const off = sort && Boolean(sort.desc) === desc;
    source.sortBy?.(off ? undefined : { column: column.name, desc }, false);
    onDone();
  };

  return (
    <Stack gap="sm">
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <div style={{ minWidth: 0 }}>
          <Text fw={600} size="sm" truncate>
            {column.name}
          </Text>
          <Tooltip label={column.type} position="bottom-start">
            <Text size="xs" w="fit-content" style={{ color: 'var(--app-muted)' }}>
              {shortType(column.type)}
            </Text>
          </Tooltip>
        </div>
        <CopyButton value={column.name} label={t('grid.copyName')} />
      </Group>
      {source.sortBy && (
        <Group grow gap="xs">
          <Button
            size="compact-sm"
            variant={sort && !sort.desc ? 'light' : 'default'}
            leftSection={<IconArrowUp size={14} />}
            onClick={() => setSort(false)}
            data-testid="sort-asc"
          >
            {t('grid.ascending')}
          </Button>
          <Button
            size="compact-sm"
            variant={sort?.desc ? 'light' : 'default'}
            leftSection={<IconArrowDown size={14} />}
            onClick={() => setSort(true)}
            data-testid="sort-desc"
          >
            {t('grid.descending')}
          </Button>
        </Group>
      )}
      {source.filterBy && <FilterForm column={column} source={source} onDone={onDone} />}
      {(profile ?? artifactId) && <Divider />}
      {profile && source.profile ? (
        <ProfileBody profile={profile} rows={source.profile.rows} />
      ) : (
        artifactId && <ColumnProfileView artifactId={artifactId} column={column.name} />
      )}
    </Stack>
  );
}

function FilterForm({ column, source, onDone }: Omit<ColumnPanelProps, 'artifactId'>) {
  const { t } = useTranslation('data');
  const current = source.view?.filter.find((condition) => condition.column === column.name);
  const text = family(column.type) === 'text';
  const [op, setOp] = useState<Condition['op']>(current?.op ?? (text ? 'contains' : '='));
  const [value, setValue] = useState(current?.value ?? '');
  const ops: Condition['op'][] = text
    ? ['contains', '=', '!=', 'is_null', 'not_null']
    : ['=', '!=', '<', '<=', '>', '>=', 'is_null', 'not_null'];
  const needsValue = !unary.includes(op);

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        source.filterBy?.(column.name, {
          column: column.name,
          op,
          value: needsValue ? value : undefined,
        });
        onDone();
      }}
    >
      <Group gap={6} wrap="nowrap" align="flex-end">
        <Select
          size="xs"
          w={needsValue ? 108 : '100%'}
          aria-label={t('grid.condition')}
          value={op}
          onChange={(next) => next && setOp(next as Condition['op'])}
          data={ops.map((each) => ({ value: each, label: t(`grid.op.${each}`) }))}
          allowDeselect={false}
          comboboxProps={{ withinPortal: false }}
        />
        {needsValue && (
          <TextInput
            size="xs"
            flex={1}
            aria-label={t('grid.value')}
            placeholder={t('grid.value')}
            value={value}
            onChange={(event) => setValue(event.currentTarget.value)}
            data-testid="filter-value"
          />
        )}
      </Group>
      <Group gap={6} mt={8} justify="flex-end">
        {current && (
          <Button
            size="compact-xs"
            variant="default"
            onClick={() => {
              source.filterBy?.(column.name, undefined);
              onDone();
            }}
          >
            {t('common:action.clear')}
          </Button>
        )}
        <Button
          size="compact-xs"
          type="submit"
          disabled={needsValue && value === ''}
          data-testid="filter-apply"
        >
          {t('grid.filter')}
        </Button>
      </Group>
    </form>
  );
}
