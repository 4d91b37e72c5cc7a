import { ScrollArea, Table } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './TableCard.module.css';

interface Props {
  label: string;
  /** How high the card may be; its rows scroll below their heads then, and the bar for the columns stays in sight. */
  maxHeight?: string;
  children: ReactNode;
}

/** A table on a card of its own, scrolling sideways when the window is narrow. */
export function TableCard({ label, maxHeight, children }: Props) {
  const Area = maxHeight ? ScrollArea.Autosize : ScrollArea;
  return (
    <div className={classes.card}>
      <Area type="auto" mah={maxHeight} viewportProps={{ tabIndex: maxHeight ? 0 : -1 }}>
        <Table
          highlightOnHover
          stickyHeader={maxHeight !== undefined}
          aria-label={label}
          className={classes.table}
        >
          {children}
        </Table>
      </Area>
    </div>
  );
}
