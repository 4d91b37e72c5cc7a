import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Cell } from './Cell';
import { cellText, columnWidth } from './cells';
import classes from './grid.module.css';
import { HeaderCell } from './HeaderCell';
import type { GridSource } from './source';
import { useGridKeys } from './useGridKeys';
import { useViewport } from './useViewport';
import { columnWindow, offsetsOf, rowWindow, scrolledHeight } from './window';

export const rowHeight = 28;
const headerHeight = 44;

interface GridViewProps {
  source: GridSource;
  label: string;
  /** Artifact whose profile the column menus show. */
  artifactId?: string;
}

/** Draws only the rows and columns in sight, whatever the size of the table. */
export function GridView({ source, label, artifactId }: GridViewProps) {
  const { t } = useTranslation('data');
  const scroller = useRef<HTMLDivElement>(null);
  const viewport = useViewport(scroller);
  const { columns, total, row, show } = source;

  const [resized, setResized] = useState<Record<string, number>>({});
  const numberWidth = Math.max(44, String(total).length * 8 + 20);
  const sample = row(0) ? 1 : 0;
  const widths = useMemo(() => {
    const rows = sample ? Array.from({ length: 30 }, (_, index) => row(index)).filter(Boolean) : [];
    return columns.map(
      (column, index) =>
        resized[column.name] ??
        columnWidth(
          column.name,
          column.type,
          rows.map((cells) => cells?.[index]),
        ),
    );
  }, [columns, resized, row, sample]);
  const offsets = useMemo(() => offsetsOf(widths), [widths]);
  const bodyWidth = offsets.at(-1) ?? 0;

  const bodyHeight = Math.max(0, viewport.height - headerHeight);
  const rows = rowWindow(total, rowHeight, bodyHeight, viewport.top);
  const cols = columnWindow(offsets, viewport.width, viewport.left);

  useLayoutEffect(() => {
    if (rows.last >= rows.first) show?.(rows.first, rows.last);
  }, [show, rows.first, rows.last]);

  const keys = useGridKeys({ source, scroller, offsets, rowHeight, bodyHeight, numberWidth });
  const visible = columns.slice(cols.first, cols.last + 1);

  return (
    <div
      ref={scroller}
      className={classes.grid}
      role="grid"
      aria-label={label}
      aria-rowcount={total + 1}
      aria-colcount={columns.length}
      aria-activedescendant={keys.activeId}
      tabIndex={0}
      onKeyDown={keys.onKeyDown}
      data-testid="data-grid"
    >
      <div
        className={classes.head}
        role="row"
        tabIndex={-1}
        style={{ width: numberWidth + bodyWidth, height: headerHeight }}
      >
        <div className={classes.corner} style={{ width: numberWidth }} role="presentation" />
        <div style={{ width: cols.left, flex: 'none' }} role="presentation" />
        {visible.map((column, index) => (
          <HeaderCell
            key={column.name}
            column={column}
            index={cols.first + index}
            width={widths[cols.first + index] ?? 100}
            source={source}
            artifactId={artifactId}
            onResize={(width) => setResized((old) => ({ ...old, [column.name]: width }))}
          />
        ))}
      </div>
      <div
        className={classes.body}
        style={{ width: numberWidth + bodyWidth, height: scrolledHeight(total, rowHeight) }}
        role="presentation"
      >
        <div style={{ transform: `translateY(${rows.top}px)` }} role="presentation">
          {range(rows.first, rows.last).map((index) => {
            const cells = row(index);
            return (
              <div
                key={index}
                className={classes.row}
                role="row"
                tabIndex={-1}
                aria-rowindex={index + 2}
                data-even={index % 2 === 0 || undefined}
              >
                <div className={classes.number} style={{ width: numberWidth }} role="presentation">
                  {index + 1}
                </div>
                <div style={{ width: cols.left, flex: 'none' }} role="presentation" />
                {visible.map((column, place) => {
                  const at = cols.first + place;
                  return (
                    <Cell
                      key={column.name}
                      id={keys.cellId(index, at)}
                      column={column}
                      colIndex={at + 1}
                      width={widths[at] ?? 100}
                      value={cells?.[at]}
                      pending={!cells}
                      active={keys.isActive(index, at)}
                      copied={keys.isCopied(index, at)}
                      onPick={() => keys.pick(index, at)}
                      onCopy={() => keys.copy(cellText(cells?.[at]), index, at)}
                    />
                  );
                })}
              </div>
            );
          })}
        </div>
      </div>
      {total === 0 && columns.length > 0 && <div className={classes.none}>{t('grid.noRows')}</div>}
    </div>
  );
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}
