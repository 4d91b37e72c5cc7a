import type { Status } from '@/flow-core';

/** Colour of a node on the minimap. */
export function statusColor(status: Status | undefined): string {
  switch (status) {
    case 'running':
    case 'waiting':
      return 'var(--mantine-color-blue-filled)';
    case 'succeeded':
      return '#4da873';
    case 'failed':
      return 'var(--mantine-color-red-filled)';
    default:
      return 'light-dark(#b9bfce, #4a505e)';
  }
}
