import { SegmentedControl, Skeleton, Stack, UnstyledButton } from '@mantine/core';
import { IconChecks, IconClockHour4 } from '@tabler/icons-react';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Approval } from '@/api';
import { useFormat } from '@/lib/format';
import { shortId } from '@/runs/ids';
import { EmptyState } from '@/ui/EmptyState';
import { Page } from '@/ui/Page';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { TimeAgo } from '@/ui/Time';
import { ApprovalForm } from './ApprovalForm';
import classes from './approvals.module.css';
import { QuestionView } from './QuestionView';
import { readQuestion } from './question';
import { useApprovals } from './useApprovals';

const keyOf = (item: Approval) => `${item.run_id}/${item.step}`;

/** The inbox: what runs wait for people to decide, and the decision beside it. */
export function ApprovalsPage() {
  const { t } = useTranslation('approvals');
  const search = useSearch({ from: '/inside/approvals' });
  const navigate = useNavigate();
  const mine = search.all !== true;
  const list = useApprovals(mine);
  const items = list.data ?? [];
  const shown = items.find((item) => keyOf(item) === search.open) ?? items[0];
  const change = (part: { open?: string; all?: true }) =>
    void navigate({ to: '/approvals', search: (old) => ({ ...old, ...part }), replace: true });

  return (
    <Page
      fill
      title={t('title')}
      description={t('description')}
      actions={
        <SegmentedControl
          size="xs"
          value={mine ? 'mine' : 'all'}
          onChange={(next) => change({ all: next === 'all' ? true : undefined, open: undefined })}
          data={[
            { value: 'mine', label: t('mine') },
            { value: 'all', label: t('all') },
          ]}
          aria-label={t('whose')}
          data-testid="approvals-whose"
        />
      }
    >
      {list.error && <ProblemAlert error={list.error} onRetry={() => void list.refetch()} />}
      {list.isPending && (
        <Stack gap={8} aria-busy="true">
          {['a', 'b', 'c'].map((row) => (
            <Skeleton key={row} h={64} />
          ))}
        </Stack>
      )}
      {list.isSuccess && items.length === 0 && (
        <EmptyState icon={IconChecks} title={t('empty.title')}>
          {t(mine ? 'empty.mine' : 'empty.all')}
        </EmptyState>
      )}
      {shown && (
        <div className={classes.split}>
          <ul className={classes.list} aria-label={t('title')}>
            {items.map((item) => (
              <li key={keyOf(item)}>
                <Entry
                  item={item}
                  chosen={item === shown}
                  onChoose={() => change({ open: keyOf(item) })}
                />
              </li>
            ))}
          </ul>
          <Detail key={keyOf(shown)} item={shown} />
        </div>
      )}
    </Page>
  );
}

interface EntryProps {
  item: Approval;
  chosen: boolean;
  onChoose: () => void;
}

function Entry({ item, chosen, onChoose }: EntryProps) {
  const { t } = useTranslation('approvals');
  return (
    <UnstyledButton
      className={classes.entry}
      aria-current={chosen || undefined}
      onClick={onChoose}
      data-testid="approval"
      data-step={item.step}
      data-run={item.run_id}
    >
      <span className={classes.entryTitle}>{readQuestion(item.question).title}</span>
      <span className={classes.muted}>{item.flow_title || item.flow_name}</span>
      <span className={classes.muted}>
        <TimeAgo value={item.since} />
        {item.deadline && <Deadline at={item.deadline} />}
        {item.escalated && ` · ${t('escalated')}`}
      </span>
    </UnstyledButton>
  );
}

function Deadline({ at }: { at: string }) {
  const { t } = useTranslation('approvals');
  const format = useFormat();
  return (
    <span className={classes.deadline} title={format.dateTime(at)}>
      {' · '}
      <IconClockHour4 size={12} /> {t('deadline', { when: format.relative(at) })}
    </span>
  );
}

function Detail({ item }: { item: Approval }) {
  const { t } = useTranslation('approvals');
  const format = useFormat();
  const question = readQuestion(item.question);
  return (
    <article className={classes.detail} aria-label={question.title} data-testid="approval-detail">
      <h2 className={classes.title}>{question.title}</h2>
      <p className={classes.origin}>
        <Link to="/runs/$runId" params={{ runId: item.run_id }} search={{ node: item.step }}>
          {item.flow_title || item.flow_name} · {shortId(item.run_id)}
        </Link>
        {' · '}
        {t('step', { step: item.step })}
        {' · '}
        <TimeAgo value={item.since} />
        {item.deadline && ` · ${t('until', { when: format.dateTime(item.deadline) })}`}
      </p>
      <QuestionView question={question} escalated={item.escalated ?? false} />
      <ApprovalForm runId={item.run_id} step={item.step} question={question} mine={item.mine} />
    </article>
  );
}
