import { Popover, Tooltip, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconArrowDown, IconArrowUp, IconFilter } from '@tabler/icons-react';
import { type PointerEvent, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { TableColumn } from '@/api';
import { ColumnPanel } from './ColumnPanel';
import { family, shortType } from './cells';
import classes from './grid.module.css';
import { Sparkline } from './Sparkline';
import type { GridSource } from './source';

/** What a dragged header carries, so that a form field can take the column's name. */
export const columnMediaType = 'application/x-dataflow-column';

interface HeaderCellProps {
  column: TableColumn;
  index: number;
  width: number;
  source: GridSource;
  artifactId?: string;
  onResize: (width: number) => void;
}

export function HeaderCell(props: HeaderCellProps) {
  const { column, index, width, source, artifactId, onResize } = props;
  const { t } = useTranslation('data');
  const [opened, panel] = useDisclosure(false);
  const sort = source.view?.sort.find((key) => key.column === column.name);
  const filtered = source.view?.filter.some((condition) => condition.column === column.name);
  const profile = source.profile?.columns.find((each) => each.name === column.name);
  const Arrow = sort?.desc ? IconArrowDown : IconArrowUp;

  return (
    <div
      role="columnheader"
      tabIndex={-1}
      aria-colindex={index + 1}
      aria-sort={sort ? (sort.desc ? 'descending' : 'ascending') : 'none'}
      className={classes.header}
      style={{ width }}
      data-kind={family(column.type)}
    >
      <Popover
        opened={opened}
        onChange={panel.toggle}
        position="bottom-start"
        shadow="md"
        width={300}
        trapFocus
      >
        <Popover.Target>
          <UnstyledButton
            className={classes.headerButton}
            onClick={panel.toggle}
            aria-expanded={opened}
            aria-label={t('grid.columnMenu', { name: column.name, type: column.type })}
            draggable
            onDragStart={(event) => {
              event.dataTransfer.setData(columnMediaType, column.name);
              event.dataTransfer.setData('text/plain', column.name);
            }}
            data-testid={`column-${column.name}`}
          >
            <span className={classes.headerName}>
              <span className={classes.ellipsis}>{column.name}</span>
              {sort && <Arrow size={12} stroke={2.2} className={classes.mark} />}
              {filtered && <IconFilter size={12} stroke={2.2} className={classes.mark} />}
            </span>
            <span className={classes.headerFacts}>
              <Tooltip label={column.type} position="bottom-start">
                <span className={classes.headerType}>{shortType(column.type)}</span>
              </Tooltip>
              {profile && source.profile && (
                <Sparkline profile={profile} rows={source.profile.rows} />
              )}
            </span>
          </UnstyledButton>
        </Popover.Target>
        <Popover.Dropdown>
          {opened && (
            <ColumnPanel
              column={column}
              source={source}
              artifactId={artifactId}
              onDone={panel.close}
            />
          )}
        </Popover.Dropdown>
      </Popover>
      <ResizeHandle width={width} onResize={onResize} />
    </div>
  );
}

function ResizeHandle({ width, onResize }: { width: number; onResize: (width: number) => void }) {
  const start = useRef<{ x: number; width: number }>(undefined);
  const move = (event: PointerEvent) => {
    if (!start.current) return;
    onResize(Math.max(56, start.current.width + event.clientX - start.current.x));
  };
  return (
    <div
      className={classes.handle}
      aria-hidden
      onPointerDown={(event) => {
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        start.current = { x: event.clientX, width };
      }}
      onPointerMove={move}
      onPointerUp={() => {
        start.current = undefined;
      }}
    />
  );
}
