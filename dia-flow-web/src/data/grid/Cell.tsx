import { memo } from 'react';
import type { TableColumn } from '@/api';
import { cellText, family, timeText } from './cells';
import classes from './grid.module.css';

interface CellProps {
  id: string;
  column: TableColumn;
  colIndex: number;
  width: number;
  value: unknown;
  pending: boolean;
  active: boolean;
  copied: boolean;
  onPick: () => void;
  onCopy: () => void;
}

function CellBase(props: CellProps) {
  const { id, column, colIndex, width, value, pending, active, copied, onPick, onCopy } = props;
  const kind = family(column.type);
  const isNull = !pending && (value === null || value === undefined);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid itself takes the keys
    <div
      id={id}
      role="gridcell"
      tabIndex={-1}
      aria-colindex={colIndex}
      className={classes.cell}
      style={{ width }}
      data-kind={kind}
      data-null={isNull || undefined}
      data-active={active || undefined}
      data-copied={copied || undefined}
      onClick={onPick}
      onDoubleClick={onCopy}
      title={typeof value === 'string' && value.length > 40 ? value : undefined}
    >
      {pending ? (
        <span className={classes.pending} />
      ) : isNull ? (
        'null'
      ) : (
        shown(value, kind, column)
      )}
    </div>
  );
}

function shown(value: unknown, kind: string, column: TableColumn): string {
  if (kind === 'time' && typeof value === 'string') return timeText(value, column.type);
  const text = cellText(value);
  if (text === '') return '';
  return text.length > 300 ? `${text.slice(0, 300)}…` : text.replace(/\s*\n\s*/g, ' ⏎ ');
}

export const Cell = memo(
  CellBase,
  (old, next) =>
    old.id === next.id &&
    old.value === next.value &&
    old.pending === next.pending &&
    old.width === next.width &&
    old.active === next.active &&
    old.copied === next.copied &&
    old.column === next.column,
);
