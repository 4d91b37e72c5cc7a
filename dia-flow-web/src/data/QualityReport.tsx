import { Badge, Group, Progress, Table, Text, Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/lib/format';
import { type Unit, useAmounts } from '@/quality/amounts';
import classes from './quality.module.css';

type Status = 'passed' | 'warned' | 'quarantined' | 'failed';

interface Rule {
  name: string;
  /** What it expects, where nobody has given it a name. */
  says?: Record<'en' | 'zh', string>;
  check: string;
  columns: string[];
  tolerance: number;
  broken: number;
  /** In per cent. */
  share: number;
  status: Status;
  examples: string[];
  /** Of a rule about the whole table. */
  measured?: Measured;
}

interface Measured {
  value: number | null;
  unit: Unit;
  min?: number;
  max?: number;
  newest?: string;
  before?: number;
}

interface Report {
  rows: number;
  passed: number;
  failed: number;
  rules: Rule[];
}

const colors: Record<Status, string> = {
  passed: 'green',
  warned: 'yellow',
  quarantined: 'orange',
  failed: 'red',
};

export function isReport(data: unknown): data is Report {
  return (
    typeof data === 'object' && data !== null && Array.isArray((data as { rules?: unknown }).rules)
  );
}

/** What the rules of a quality check have found: the share of good rows, and each rule with what breaks it. */
export function QualityReport({ report }: { report: Report }) {
  const { t, i18n } = useTranslation('data');
  const language = i18n.language === 'zh' ? 'zh' : 'en';
  const format = useFormat();
  const empty = report.rows === 0;
  const good = report.rows > 0 ? ((report.rows - report.failed) / report.rows) * 100 : 100;
  return (
    <div className={classes.report} data-testid="quality-report">
      <Group gap="lg" wrap="nowrap" className={classes.head}>
        <Text className={classes.score} c={empty ? 'var(--app-muted)' : undefined}>
          {empty ? t('quality.no_rows') : `${format.number(good, 1)}%`}
        </Text>
        <div className={classes.bar}>
          <Text fz={12.5}>
            {empty
              ? t('quality.empty')
              : t('quality.rows', {
                  count: report.rows,
                  rows: format.number(report.rows),
                  good: format.number(report.rows - report.failed),
                  failed: format.number(report.failed),
                  kept: format.number(report.rows - report.passed),
                  warned: format.number(report.passed + report.failed - report.rows),
                })}
          </Text>
          {!empty && (
            <Progress.Root size={8} mt={6}>
              <Progress.Section value={good} color="green" aria-label={t('quality.good')} />
              <Progress.Section value={100 - good} color="orange" aria-label={t('quality.bad')} />
            </Progress.Root>
          )}
        </div>
      </Group>
      <Table verticalSpacing={6} stickyHeader>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('quality.rule')}</Table.Th>
            <Table.Th>{t('quality.outcome')}</Table.Th>
            <Table.Th ta="right" style={{ whiteSpace: 'nowrap' }}>
              {t('quality.found')}
            </Table.Th>
            <Table.Th>{t('quality.details')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {report.rules.map((rule, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rules have no other identity, and never move
            <Table.Tr key={index} data-testid="quality-rule" data-status={rule.status}>
              <Table.Td>
                <Text fz={13} fw={550}>
                  {rule.says?.[language] ?? rule.name}
                </Text>
              </Table.Td>
              <Table.Td>
                <Outcome rule={rule} empty={empty} />
              </Table.Td>
              {rule.measured ? (
                <Found measured={rule.measured} said={rule.says !== undefined} />
              ) : (
                <Broken rule={rule} />
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

/** What became of a rule; nothing can be said where there was nothing to look at. */
function Outcome({ rule, empty }: { rule: Rule; empty: boolean }) {
  const { t } = useTranslation('data');
  const nothing = rule.measured ? rule.measured.value === null : empty;
  const unsaid = nothing && rule.status === 'passed';
  return (
    <Badge
      variant="light"
      tt="none"
      miw="max-content"
      color={unsaid ? 'gray' : colors[rule.status]}
    >
      {unsaid
        ? t(empty ? 'quality.no_rows' : 'quality.no_values')
        : t(`quality.status.${rule.status}`)}
    </Badge>
  );
}

/** How many rows break a rule, and some of their values. */
function Broken({ rule }: { rule: Rule }) {
  const { t } = useTranslation('data');
  const format = useFormat();
  return (
    <>
      <Table.Td ta="right" className="tabular" style={{ whiteSpace: 'nowrap' }}>
        <Tooltip label={t('quality.tolerated', { share: format.number(rule.tolerance) })}>
          <span>
            {t('quality.broken', { count: rule.broken, n: format.number(rule.broken) })}
            {rule.broken > 0 && (
              <Text span c="var(--app-muted)" fz={12}>
                {' '}
                ({format.number(rule.share, 2)}%)
              </Text>
            )}
          </span>
        </Tooltip>
      </Table.Td>
      <Table.Td>
        <Text fz={12.5} ff="monospace" className={classes.examples}>
          {rule.examples.length > 0 ? rule.examples.join(' · ') : '–'}
        </Text>
      </Table.Td>
    </>
  );
}

interface FoundProps {
  measured: Measured;
  /** The rule says itself what it expects, but not how many rows the last run had. */
  said: boolean;
}

/** What was measured of the whole table, and what was expected. */
function Found({ measured, said }: FoundProps) {
  const { t } = useTranslation('data');
  const format = useFormat();
  const { amount, expected } = useAmounts();
  const bounds = said && measured.before === undefined ? '' : expected(measured, measured.unit);
  const details = [
    bounds && t('quality.expected', { expected: bounds }),
    measured.newest && t('quality.newest', { at: format.dateTime(measured.newest) }),
    measured.before !== undefined &&
      t('quality.before', { count: measured.before, n: format.number(measured.before) }),
  ].filter(Boolean);
  return (
    <>
      <Table.Td ta="right" className="tabular" style={{ whiteSpace: 'nowrap' }}>
        {amount(measured.value, measured.unit)}
      </Table.Td>
      <Table.Td>
        <Text fz={12.5} c="var(--app-muted)">
          {details.join(' · ') || '–'}
        </Text>
      </Table.Td>
    </>
  );
}
