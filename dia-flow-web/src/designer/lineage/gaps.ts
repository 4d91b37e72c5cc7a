import type { Lineage } from '@/api';

export type Gap = Lineage['gaps'][number];

const TELLING: readonly Gap['code'][] = ['broken', 'source_missing', 'config_unknown'];

/** Whether the message of a gap says more than its code does. */
export function tellsMore(gap: Gap): boolean {
  return TELLING.includes(gap.code);
}
