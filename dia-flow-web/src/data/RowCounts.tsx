import { useTranslation } from 'react-i18next';
import type { Counts } from '@/flow-core';
import { useFormat } from '@/lib/format';

interface RowCountsProps {
  counts: Counts;
  /** Only numbers, where a heading says that they are rows. */
  bare?: boolean;
  /** More for the tooltip. */
  note?: string;
  className?: string;
  testId?: string;
}

/** What has room in a line; all of them are in the tooltip. */
const SHOWN = 2;
const LONG = 10_000;

/** How many rows left a step: of several tables, those that have any, each under the name of its output. */
export function RowCounts({ counts, bare = false, note, className, testId }: RowCountsProps) {
  const { t, i18n } = useTranslation('data');
  const format = useFormat();
  const { all, named } = counts;
  if (all.length === 0) return null;
  const language = i18n.language === 'zh' ? 'zh' : 'en';
  const rows = (count: number) => t('grid.rows', { count, n: format.number(count) });
  const number = (count: number) => (count < LONG ? format.number(count) : format.short(count));
  const some = all.filter((count) => count.rows > 0);
  // What is called table is what people think of when a node is said to give rows.
  const single = !named || some.length === 0 || (some.length === 1 && some[0]?.port === 'table');
  const total = all.reduce((sum, count) => sum + count.rows, 0);
  const text = single
    ? bare
      ? format.number(total)
      : rows(total)
    : some
        .slice(0, SHOWN)
        .map((count) => `${count.title[language]} ${number(count.rows)}`)
        .concat(some.length > SHOWN ? `+${some.length - SHOWN}` : [])
        .join(' · ');
  const every = named
    ? all
        .map((count) => `${count.title[language]}: ${rows(count.rows)}`)
        .concat(note ?? [])
        .join('\n')
    : undefined;
  return (
    <span className={className} title={every} data-testid={testId}>
      {text}
    </span>
  );
}
