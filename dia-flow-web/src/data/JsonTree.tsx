import { UnstyledButton } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '@/ui/CopyButton';
import { initiallyOpen, step, type TreeRow, type TreeState, treeRows } from './tree/rows';
import classes from './tree/tree.module.css';

export interface JsonTreeProps {
  value: unknown;
  /** Name of the tree for screen readers. */
  label?: string;
}

/** Any JSON as a tree that opens and closes. Fills its parent, which needs a height. */
export function JsonTree({ value, label }: JsonTreeProps) {
  const { t } = useTranslation('data');
  const [state, setState] = useState<TreeState>(() => fresh(value));
  const [active, setActive] = useState(0);
  const scroller = useRef<HTMLDivElement>(null);
  useEffect(() => {
    setState(fresh(value));
    setActive(0);
  }, [value]);

  const rows = useMemo(() => treeRows(value, state), [value, state]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 24,
    overscan: 12,
  });

  const toggle = (path: string, open?: boolean) =>
    setState((old) => {
      const next = new Set(old.open);
      if (open ?? !next.has(path)) next.add(path);
      else next.delete(path);
      return { ...old, open: next };
    });
  const showMore = (path: string) =>
    setState((old) => {
      const shown = new Map(old.shown);
      shown.set(path, (shown.get(path) ?? step) + step * 5);
      return { ...old, shown };
    });

  const move = (index: number) => {
    const next = Math.max(0, Math.min(index, rows.length - 1));
    setActive(next);
    virtual.scrollToIndex(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows[active];
    if (!row) return;
    if (event.key === 'ArrowDown') move(active + 1);
    else if (event.key === 'ArrowUp') move(active - 1);
    else if (event.key === 'Home') move(0);
    else if (event.key === 'End') move(rows.length - 1);
    else if (event.key === 'ArrowRight' && row.size && !row.open) toggle(row.path, true);
    else if (event.key === 'ArrowRight') move(active + 1);
    else if (event.key === 'ArrowLeft' && row.open) toggle(row.path, false);
    else if (event.key === 'ArrowLeft') move(parentOf(rows, active));
    else if (event.key === 'Enter' || event.key === ' ') {
      if (row.more) showMore(row.more.path);
      else if (row.size) toggle(row.path);
    } else return;
    event.preventDefault();
  };

  return (
    <div className={classes.frame}>
      <div className={classes.tools}>
        <CopyButton value={JSON.stringify(value, null, 2) ?? 'null'} label={t('tree.copyAll')} />
      </div>
      <div
        ref={scroller}
        className={classes.tree}
        role="tree"
        aria-label={label ?? t('tree.label')}
        tabIndex={0}
        onKeyDown={onKeyDown}
        data-testid="json-tree"
      >
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }} role="presentation">
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            return (
              <div
                key={row.path}
                className={classes.row}
                role="treeitem"
                tabIndex={-1}
                aria-level={row.depth + 1}
                aria-expanded={row.size ? row.open : undefined}
                aria-selected={item.index === active}
                data-active={item.index === active || undefined}
                style={{
                  transform: `translateY(${item.start}px)`,
                  paddingLeft: 8 + row.depth * 16,
                }}
              >
                {row.more ? (
                  <UnstyledButton
                    className={classes.more}
                    tabIndex={-1}
                    onClick={() => showMore(row.more?.path ?? '')}
                  >
                    {t('tree.more', { count: row.more.hidden })}
                  </UnstyledButton>
                ) : (
                  <Line
                    row={row}
                    onToggle={() => {
                      setActive(item.index);
                      toggle(row.path);
                    }}
                  />
                )}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function fresh(value: unknown): TreeState {
  return { open: initiallyOpen(value), shown: new Map() };
}

function parentOf(rows: TreeRow[], index: number): number {
  const depth = rows[index]?.depth ?? 0;
  for (let at = index - 1; at >= 0; at -= 1) {
    if ((rows[at]?.depth ?? 0) < depth) return at;
  }
  return index;
}

function Line({ row, onToggle }: { row: TreeRow; onToggle: () => void }) {
  const { t } = useTranslation('data');
  const name = row.name !== undefined && (
    <span className={typeof row.name === 'number' ? classes.index : classes.key}>{row.name}</span>
  );
  if (row.size !== undefined) {
    const list = Array.isArray(row.value);
    return (
      <UnstyledButton
        className={classes.branch}
        tabIndex={-1}
        onClick={onToggle}
        disabled={row.size === 0}
      >
        <IconChevronRight
          size={14}
          className={classes.chevron}
          data-open={row.open || undefined}
          data-empty={row.size === 0 || undefined}
        />
        {name}
        {name && <span className={classes.colon}>:</span>}
        <span className={classes.size}>
          {list ? '[' : '{'}
          {row.size > 0 && ` ${t(list ? 'tree.items' : 'tree.keys', { count: row.size })} `}
          {list ? ']' : '}'}
        </span>
      </UnstyledButton>
    );
  }
  return (
    <span className={classes.leaf}>
      {name}
      {name && <span className={classes.colon}>:</span>}
      <Plain value={row.value} />
    </span>
  );
}

function Plain({ value }: { value: unknown }) {
  if (value === null || value === undefined) return <span className={classes.null}>null</span>;
  if (typeof value === 'string') {
    return (
      <span className={classes.string} title={value.length > 80 ? value : undefined}>
        {JSON.stringify(value.length > 500 ? `${value.slice(0, 500)}…` : value)}
      </span>
    );
  }
  return <span className={classes[typeof value]}>{String(value)}</span>;
}
