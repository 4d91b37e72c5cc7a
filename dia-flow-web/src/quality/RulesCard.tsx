import { Badge, Group, Table, Text, Tooltip, UnstyledButton } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { Fragment, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { QualityPoint, QualityRule } from '@/api';
import { useFormat } from '@/lib/format';
import { TableCard } from '@/ui/TableCard';
import { TimeAgo } from '@/ui/Time';
import { unseen, useAmounts } from './amounts';
import classes from './quality.module.css';
import { TrendChart } from './TrendChart';

const shownDots = 24;

const keyOf = (rule: QualityRule) => `${rule.node} ${rule.name}`;

/** The rules of the checks: how each went last, and a dot for each run. One is drawn large. */
export function RulesCard({ rules }: { rules: QualityRule[] }) {
  const { t } = useTranslation('quality');
  const first = rules.find((rule) => rule.status === 'failing') ?? rules[0];
  const [chosen, setChosen] = useState<string | null | undefined>();
  const open = chosen === undefined ? first && keyOf(first) : chosen;
  return (
    <div>
      <TableCard label={t('rules')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('rule')}</Table.Th>
            <Table.Th>{t('status')}</Table.Th>
            <Table.Th ta="right">{t('kept')}</Table.Th>
            <Table.Th>{t('trend')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rules.map((rule) => (
            <Fragment key={keyOf(rule)}>
              <RuleRow
                rule={rule}
                open={open === keyOf(rule)}
                onToggle={() => setChosen(open === keyOf(rule) ? null : keyOf(rule))}
              />
              {open === keyOf(rule) && (
                <Table.Tr>
                  <Table.Td colSpan={4} className={classes.chartCell}>
                    <TrendChart rule={rule} />
                  </Table.Td>
                </Table.Tr>
              )}
            </Fragment>
          ))}
        </Table.Tbody>
      </TableCard>
      <Legend />
    </div>
  );
}

/** What the colours of the dots mean. */
function Legend() {
  const { t } = useTranslation('quality');
  return (
    <Group gap="md" mt={8} justify="flex-end" aria-label={t('dots')} role="group">
      {(['passed', 'warned', 'quarantined', 'failed', 'none'] as const).map((status) => (
        <Group key={status} gap={6}>
          <span className={classes.dot} data-status={status} aria-hidden />
          <Text fz={12} c="var(--app-muted)">
            {status === 'none' ? t('no_rows') : t(`point.${status}`)}
          </Text>
        </Group>
      ))}
    </Group>
  );
}

interface RowProps {
  rule: QualityRule;
  open: boolean;
  onToggle: () => void;
}

function RuleRow({ rule, open, onToggle }: RowProps) {
  const { t, i18n } = useTranslation('quality');
  const format = useFormat();
  const name = (i18n.language === 'zh' && rule.name_zh) || rule.name;
  const { amount, expected: written } = useAmounts();
  const last = rule.points[rule.points.length - 1];
  const expected = rule.unit && last ? written(last, rule.unit) : '';
  const outcome = (point: QualityPoint) => {
    if (rule.unit) return amount(point.measured, rule.unit);
    return point.rows > 0 ? `${format.number(point.share, 2)}%` : t('no_rows');
  };
  return (
    <Table.Tr data-testid="trend-rule" data-status={rule.status}>
      <Table.Td>
        <UnstyledButton onClick={onToggle} aria-expanded={open} className={classes.name}>
          <IconChevronDown
            size={15}
            className={classes.chevron}
            data-open={open || undefined}
            aria-hidden
          />
          <span>
            <Text fz={13.5} fw={550}>
              {name}
            </Text>
            <Text fz={12} c="var(--app-muted)">
              {rule.node} · {t(`severity.${rule.severity}`)}
            </Text>
          </span>
        </UnstyledButton>
      </Table.Td>
      <Table.Td>
        <Group gap={6} wrap="nowrap">
          {last && unseen(rule, last) ? (
            <Badge variant="light" tt="none" miw="max-content" color="gray">
              {t('no_rows')}
            </Badge>
          ) : (
            <Badge
              variant="light"
              tt="none"
              miw="max-content"
              color={rule.status === 'failing' ? 'red' : 'green'}
              {...(rule.status === 'passing' ? { className: classes.kept } : {})}
            >
              {t(`is.${rule.status}`)}
            </Badge>
          )}
          {rule.change && (
            <Badge
              variant="filled"
              tt="none"
              miw="max-content"
              color={rule.change === 'began' ? 'red.9' : 'teal.9'}
              data-testid="trend-change"
            >
              {t(`change.${rule.change}`)}
            </Badge>
          )}
        </Group>
        <Text fz={12} c="var(--app-muted)">
          {t('since')} <TimeAgo value={rule.since} />
        </Text>
      </Table.Td>
      <Table.Td ta="right" className="tabular">
        {last && (rule.unit || last.rows > 0) && (
          <>
            {outcome(last)}
            <Text fz={12} c="var(--app-muted)">
              {rule.unit
                ? expected && t('expected', { expected })
                : t('broken', {
                    count: last.rows,
                    broken: format.number(last.broken),
                    rows: format.number(last.rows),
                  })}
            </Text>
          </>
        )}
        {last && !rule.unit && last.rows === 0 && <Text c="var(--app-muted)">{t('no_rows')}</Text>}
      </Table.Td>
      <Table.Td>
        <div className={classes.dots}>
          {rule.points.slice(-shownDots).map((point) => (
            <Tooltip
              key={point.run_id}
              label={`${format.dateTime(point.at)} · ${outcome(point)} · ${t(`point.${point.status}`)}`}
            >
              <Link
                to={`/runs/${point.run_id}` as string}
                search={{ node: rule.node } as never}
                className={classes.dot}
                data-status={unseen(rule, point) ? 'none' : point.status}
                aria-label={t('to_run', {
                  at: format.dateTime(point.at),
                  status: t(`point.${point.status}`),
                })}
              />
            </Tooltip>
          ))}
        </div>
      </Table.Td>
    </Table.Tr>
  );
}
