import type { ColumnProfile, Condition, SortKey, TableColumn } from '@/api';
import type { View } from './pages';

/** What the grid draws, wherever the rows come from. */
export interface GridSource {
  columns: TableColumn[];
  total: number;
  /** A row, or undefined while it is on its way. */
  row: (index: number) => unknown[] | undefined;
  /** Told which rows are in sight. */
  show?: (from: number, to: number) => void;
  /** What the columns hold, of so many rows, where it is known without asking. */
  profile?: { rows: number; columns: ColumnProfile[] };
  view?: View;
  sortBy?: (key: SortKey | undefined, add: boolean) => void;
  filterBy?: (column: string, condition: Condition | undefined) => void;
}

/** A source of rows that are already here: objects by column, or arrays in the order of columns. */
export function staticSource(
  rows: readonly unknown[],
  columns?: TableColumn[],
  profile?: GridSource['profile'],
): GridSource {
  const known = columns ?? columnsOf(rows);
  return {
    ...(profile ? { profile } : {}),
    columns: known,
    total: rows.length,
    row: (index) => {
      const row = rows[index];
      if (Array.isArray(row)) return row;
      if (row && typeof row === 'object') {
        const record = row as Record<string, unknown>;
        return known.map((column) => record[column.name] ?? null);
      }
      return [row];
    },
  };
}

/** Columns of an array of objects, typed by the first value that is there. */
export function columnsOf(rows: readonly unknown[]): TableColumn[] {
  const types = new Map<string, string>();
  for (const row of rows.slice(0, 200)) {
    if (!row || typeof row !== 'object' || Array.isArray(row)) continue;
    for (const [name, value] of Object.entries(row)) {
      if (!types.get(name)) types.set(name, typeOf(value));
    }
  }
  return [...types].map(([name, type]) => ({ name, type: type || 'VARCHAR' }));
}

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return Number.isInteger(value) ? 'BIGINT' : 'DOUBLE';
  if (typeof value === 'boolean') return 'BOOLEAN';
  if (typeof value === 'object') return 'JSON';
  return 'VARCHAR';
}
