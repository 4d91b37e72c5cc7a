import { ActionIcon, Anchor, Code, Table, Text, Tooltip } from '@mantine/core';
import { IconRestore } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Mark } from '@/api';
import { useFormat } from '@/lib/format';
import { shortId } from '@/runs/ids';
import { TableCard } from '@/ui/TableCard';
import { TimeAgo } from '@/ui/Time';
import classes from './marks.module.css';
import { partsOf, type StepMarks } from './steps';

interface Props {
  steps: StepMarks[];
  /** Undefined when nobody here may. */
  onForget?: ((step: StepMarks) => void) | undefined;
  busy: boolean;
}

export function MarksTable({ steps, onForget, busy }: Props) {
  const { t } = useTranslation('marks');
  return (
    <TableCard label={t('title')}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('step')}</Table.Th>
          <Table.Th>{t('reads')}</Table.Th>
          <Table.Th>{t('value')}</Table.Th>
          <Table.Th>{t('moved')}</Table.Th>
          {onForget && <Table.Th w={52} aria-label={t('again')} />}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody className={classes.rows}>
        {steps.map((step) =>
          step.marks.map((mark, i) => (
            <Table.Tr key={`${step.step} ${partsOf(mark.subject)}`} data-testid="mark-row">
              {i === 0 && (
                <Table.Td rowSpan={step.marks.length}>
                  <StepName step={step} />
                </Table.Td>
              )}
              <Table.Td maw={420}>
                <What mark={mark} />
              </Table.Td>
              <Table.Td maw={280}>
                <Reached mark={mark} />
              </Table.Td>
              <Table.Td className={classes.when}>
                <TimeAgo value={mark.at} />
                <Anchor component={Link} to={`/runs/${mark.run_id}`} fz="xs" display="block">
                  {t('run', { id: shortId(mark.run_id) })}
                </Anchor>
              </Table.Td>
              {onForget && i === 0 && (
                <Table.Td rowSpan={step.marks.length}>
                  <Tooltip label={t('again')}>
                    <ActionIcon
                      onClick={() => onForget(step)}
                      disabled={busy}
                      aria-label={t('again_of', { step: step.title || step.step })}
                      data-testid="mark-forget"
                    >
                      <IconRestore size={18} stroke={1.6} />
                    </ActionIcon>
                  </Tooltip>
                </Table.Td>
              )}
            </Table.Tr>
          )),
        )}
      </Table.Tbody>
    </TableCard>
  );
}

function StepName({ step }: { step: StepMarks }) {
  const { t } = useTranslation('marks');
  return (
    <>
      <Text size="sm" fw={550}>
        {step.title || step.step}
      </Text>
      {step.title && (
        <Text size="xs" className={classes.muted}>
          {step.step}
        </Text>
      )}
      {step.gone && (
        <Text size="xs" className={classes.muted}>
          {t('gone')}
        </Text>
      )}
    </>
  );
}

function What({ mark }: { mark: Mark }) {
  const { t } = useTranslation('marks');
  const { reads } = mark;
  if (!reads) {
    return (
      <Text size="xs" ff="monospace" className={classes.long}>
        {partsOf(mark.subject)}
      </Text>
    );
  }
  const query = reads.kind === 'query';
  return (
    <>
      <Text size="sm" className={classes.long}>
        {t(`kind.${reads.kind}`)}{' '}
        {!query && (reads.name ? <strong>{reads.name}</strong> : t('everything'))}
      </Text>
      {query && (
        <Code className={classes.query} title={reads.name}>
          {reads.name.trim()}
        </Code>
      )}
      {reads.only && (
        <Text size="xs" className={classes.long}>
          {t('only')} <Code>{reads.only}</Code>
        </Text>
      )}
      <Text size="xs" className={classes.muted} title={reads.leads}>
        {t('connection')}{' '}
        <Anchor component={Link} to={`/connections/${reads.connection}`} inherit underline="always">
          {reads.connection}
        </Anchor>
        {reads.leads && ` · ${reads.leads}`}
      </Text>
    </>
  );
}

function Reached({ mark }: { mark: Mark }) {
  const { t } = useTranslation('marks');
  const format = useFormat();
  const { reads } = mark;
  if (reads?.kind === 'columns') return <Text size="sm">{t('columns')}</Text>;
  if (reads?.kind === 'objects') {
    const count = reads.seen ?? 0;
    return <Text size="sm">{t('seen', { count, shown: format.number(count) })}</Text>;
  }
  return (
    <>
      <Text
        size="sm"
        className={classes.value}
        lineClamp={reads ? undefined : 1}
        data-testid="mark-value"
      >
        {reads ? reads.value || '–' : mark.value}
      </Text>
      {reads?.column && (
        <Text size="xs" className={classes.muted}>
          {t('by', { column: reads.column })}
        </Text>
      )}
    </>
  );
}
