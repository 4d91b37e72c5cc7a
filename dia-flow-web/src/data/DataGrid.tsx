import {
  ActionIcon,
  Badge,
  Box,
  CloseButton,
  Loader,
  Menu,
  Skeleton,
  Stack,
  Tooltip,
} from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { artifactUrl, type Condition, type TableColumn, type TableFormat } from '@/api';
import { useFormat } from '@/lib/format';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { GridView } from './grid/GridView';
import classes from './grid/grid.module.css';
import { type GridSource, staticSource } from './grid/source';
import { useTable } from './grid/useTable';

export interface DataGridProps {
  /** A table artifact. */
  artifactId: string;
  /** Name for downloads, without an ending. */
  name?: string;
  /** Name of the grid for screen readers. */
  label?: string;
  /** Stands at the right of the bar. */
  actions?: ReactNode;
}

const formats: TableFormat[] = ['csv', 'parquet', 'xlsx', 'json', 'ndjson'];

/** The rows of a table artifact. Fills its parent, which needs a height. */
export function DataGrid({ artifactId, name = 'table', label, actions }: DataGridProps) {
  const { t } = useTranslation('data');
  const format = useFormat();
  const table = useTable(artifactId);

  if (table.pending) return <GridSkeleton />;
  return (
    <div className={classes.frame}>
      <div className={classes.bar}>
        <span className="tabular" data-testid="grid-total">
          {t('grid.rows', { count: table.total, n: format.number(table.total) })}
          {' · '}
          {t('grid.columns', {
            count: table.columns.length,
            n: format.number(table.columns.length),
          })}
        </span>
        {table.view.filter.map((condition) => (
          <FilterChip
            key={condition.column}
            condition={condition}
            onRemove={() => table.filterBy(condition.column, undefined)}
          />
        ))}
        {table.busy && <Loader size={12} />}
        <span style={{ flex: 1 }} />
        {actions}
        <Menu>
          <Menu.Target>
            <Tooltip label={t('common:action.download')}>
              <ActionIcon aria-label={t('common:action.download')} data-testid="grid-download">
                <IconDownload size={16} />
              </ActionIcon>
            </Tooltip>
          </Menu.Target>
          <Menu.Dropdown>
            {formats.map((each) => (
              <Menu.Item
                key={each}
                component="a"
                href={artifactUrl(artifactId, { format: each, name: `${name}.${each}` })}
                download={`${name}.${each}`}
              >
                {t(`format.${each}`)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      </div>
      {table.error ? (
        <Box p="md">
          <ProblemAlert error={table.error} onRetry={table.retry} />
        </Box>
      ) : (
        <div className={classes.area}>
          <GridView source={table} label={label ?? t('grid.label')} artifactId={artifactId} />
        </div>
      )}
    </div>
  );
}

function FilterChip({ condition, onRemove }: { condition: Condition; onRemove: () => void }) {
  const { t } = useTranslation('data');
  const text =
    `${condition.column} ${t(`grid.op.${condition.op}`)} ${condition.value ?? ''}`.trim();
  return (
    <Badge
      variant="light"
      tt="none"
      fw={500}
      pr={2}
      rightSection={
        <CloseButton
          size={16}
          onClick={onRemove}
          aria-label={t('grid.removeFilter', { filter: text })}
        />
      }
    >
      {text}
    </Badge>
  );
}

export interface StaticGridProps {
  /** Objects by column, or arrays in the order of columns. */
  rows: readonly unknown[];
  columns?: TableColumn[];
  profile?: GridSource['profile'];
  label?: string;
}

/** Rows that are already here, such as a preview. Fills its parent. */
export function StaticGrid({ rows, columns, profile, label }: StaticGridProps) {
  const { t } = useTranslation('data');
  const source = useMemo(() => staticSource(rows, columns, profile), [rows, columns, profile]);
  return (
    <div className={classes.frame}>
      <div className={classes.area}>
        <GridView source={source} label={label ?? t('grid.label')} />
      </div>
    </div>
  );
}

function GridSkeleton() {
  return (
    <Stack gap={6} p="sm" aria-busy="true">
      <Skeleton h={28} />
      {['a', 'b', 'c', 'd', 'e', 'f'].map((row) => (
        <Skeleton key={row} h={18} />
      ))}
    </Stack>
  );
}
