import { Badge, Group, Progress, Table, Text } from '@mantine/core';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/lib/format';
import classes from './quality.module.css';

interface Sample {
  before: string | null;
  after: string | null;
}

interface Column {
  column: string;
  from: string;
  to: string;
  changed: number;
  unreadable: number;
  samples: Sample[];
  unread: string[];
}

interface Step {
  do: string;
  looked: number;
  changed: number;
  unreadable: number;
  columns: Column[];
}

interface Report {
  rows: number;
  passed: number;
  failed: number;
  steps: Step[];
}

export function isCleaning(data: unknown): data is Report {
  return (
    typeof data === 'object' && data !== null && Array.isArray((data as { steps?: unknown }).steps)
  );
}

/** What the steps of a cleaning have changed, column by column, with samples. */
export function CleaningReport({ report }: { report: Report }) {
  const { t } = useTranslation('data');
  const format = useFormat();
  const share = report.rows > 0 ? (report.passed / report.rows) * 100 : 100;
  const changed = report.steps.reduce((sum, step) => sum + step.changed, 0);
  return (
    <section
      className={classes.report}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, which the keyboard must be able to do
      tabIndex={0}
      aria-label={t('cleaning.changed')}
      data-testid="cleaning-report"
    >
      <Group gap="lg" wrap="nowrap" className={classes.head}>
        <div>
          <Text className={classes.score}>{format.number(changed)}</Text>
          <Text fz={12} c="var(--app-muted)">
            {t('cleaning.changed')}
          </Text>
        </div>
        <div className={classes.bar}>
          <Text fz={12.5}>
            {t('cleaning.rows', {
              count: report.rows,
              rows: format.number(report.rows),
              passed: format.number(report.passed),
              failed: format.number(report.failed),
            })}
          </Text>
          <Progress.Root size={8} mt={6}>
            <Progress.Section value={share} color="green" aria-label={t('cleaning.passed')} />
            <Progress.Section
              value={100 - share}
              color="orange"
              aria-label={t('cleaning.failed')}
            />
          </Progress.Root>
        </div>
      </Group>
      <Table verticalSpacing={6} stickyHeader>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('cleaning.column')}</Table.Th>
            <Table.Th>{t('cleaning.type')}</Table.Th>
            <Table.Th ta="right" className={classes.short}>
              {t('cleaning.changed')}
            </Table.Th>
            <Table.Th ta="right" className={classes.short}>
              {t('cleaning.unreadable')}
            </Table.Th>
            <Table.Th>{t('cleaning.samples')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {report.steps.map((step, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: steps have no other identity, and never move
            <Fragment key={i}>
              <Table.Tr className={classes.group} data-testid="cleaning-step">
                <Table.Th colSpan={5} scope="rowgroup">
                  {i + 1}. {t(`cleaning.do.${step.do}`)}
                  {step.columns.length === 0 && (
                    <Text span fz={12.5} fw={400} c="var(--app-muted)" ml="sm">
                      {step.looked === 0
                        ? t('cleaning.none')
                        : t('cleaning.nothing', { count: step.looked })}
                    </Text>
                  )}
                </Table.Th>
              </Table.Tr>
              {step.columns.map((column) => (
                <ColumnRow key={column.column} column={column} />
              ))}
            </Fragment>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

function ColumnRow({ column }: { column: Column }) {
  const format = useFormat();
  return (
    <Table.Tr>
      <Table.Td>
        <Text fz={13} fw={550}>
          {column.column}
        </Text>
      </Table.Td>
      <Table.Td>
        <Text fz={12} c="var(--app-muted)" ff="monospace">
          {column.from === column.to ? column.to : `${column.from} → ${column.to}`}
        </Text>
      </Table.Td>
      <Table.Td ta="right" className="tabular">
        {format.number(column.changed)}
      </Table.Td>
      <Table.Td ta="right" className="tabular">
        {column.unreadable > 0 ? (
          <Badge variant="light" color="orange" tt="none" miw="max-content">
            {format.number(column.unreadable)}
          </Badge>
        ) : (
          0
        )}
      </Table.Td>
      <Table.Td>
        {column.samples.map((sample) => (
          <Text key={`${sample.before}`} fz={12.5} ff="monospace" className={classes.examples}>
            <Shown text={sample.before} /> → <Shown text={sample.after} />
          </Text>
        ))}
        {column.unread.length > 0 && (
          <Text fz={12.5} ff="monospace" className={classes.examples} c="var(--app-muted)">
            {column.unread.join(' · ')}
          </Text>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

/** A text whose blanks at the ends can be seen. */
function Shown({ text }: { text: string | null }) {
  const { t } = useTranslation('data');
  if (text === null || text === '') {
    return (
      <Text span fs="italic" fz="inherit" c="var(--app-muted)">
        {text === null ? t('cleaning.empty') : '""'}
      </Text>
    );
  }
  return <>{text.replace(/^\s+|\s+$/g, (blanks) => '␣'.repeat(blanks.length))}</>;
}
