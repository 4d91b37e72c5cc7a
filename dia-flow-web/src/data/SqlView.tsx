import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '@/ui/CopyButton';
import classes from './sql.module.css';

/** The SQL among what a step tells of itself: one text, or several statements. */
export function sqlOf(details: Record<string, unknown> | undefined): string | undefined {
  const sql = details?.sql;
  if (typeof sql === 'string') return sql || undefined;
  const texts = Array.isArray(sql) ? sql.filter((each) => typeof each === 'string') : [];
  return texts.length > 0 ? texts.join(';\n\n') : undefined;
}

/** What a step had its database compute, to be read and taken elsewhere. */
export function SqlView({ sql }: { sql: string }) {
  const { t } = useTranslation('data');
  return (
    <div className={classes.view} data-testid="sql-view">
      <div className={classes.bar}>
        <Text fz={12.5} c="var(--app-muted)">
          {t('sql.help')}
        </Text>
        <CopyButton value={sql} label={t('sql.copy')} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <pre className={classes.text} tabIndex={0}>
        {sql}
      </pre>
    </div>
  );
}
