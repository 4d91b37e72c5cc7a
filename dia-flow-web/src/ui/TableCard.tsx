import { ScrollArea, Table } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './TableCard.module.css';

/** A table on a card of its own, scrolling sideways when the window is narrow. */
export function TableCard({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={classes.card}>
      <ScrollArea type="auto" viewportProps={{ tabIndex: -1 }}>
        <Table highlightOnHover aria-label={label} className={classes.table}>
          {children}
        </Table>
      </ScrollArea>
    </div>
  );
}
