import { Anchor, Group, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { keys, type Step, type Wait, whyRun } from '@/api';
import { ApprovalForm } from '@/approvals/ApprovalForm';
import { QuestionView } from '@/approvals/QuestionView';
import { readDecision, readQuestion } from '@/approvals/question';
import { approvalsQuery } from '@/approvals/useApprovals';
import { useFormat } from '@/lib/format';
import { CopyButton } from '@/ui/CopyButton';
import { shortId } from '../ids';

/** What a step waits for outside of the run, and what ends it: a time, a call, a decision, or another run. */
export function WaitCard({ step, runId }: { step: Step; runId: string }) {
  const { t } = useTranslation('runs');
  const { wait } = step;
  if (!wait) return null;
  const waiting = step.status === 'waiting';
  return (
    <Stack gap="sm" p="md" data-testid="wait" data-kind={wait.kind}>
      {wait.kind !== 'approval' && <Until wait={wait} waiting={waiting} />}
      {wait.kind === 'callback' && waiting && <Callback runId={runId} step={step.node_id} />}
      {wait.kind === 'approval' && <Decision runId={runId} step={step} wait={wait} />}
      {wait.child && (
        <Text size="sm">
          {t('wait.child')}{' '}
          <Anchor component={Link} to={`/runs/${wait.child}`} inherit data-testid="wait-child">
            {shortId(wait.child)}
          </Anchor>
        </Text>
      )}
    </Stack>
  );
}

function Until({ wait, waiting }: { wait: Wait; waiting: boolean }) {
  const { t } = useTranslation('runs');
  const format = useFormat();
  if (!wait.until) {
    return wait.kind === 'callback' ? (
      <Text size="sm">{t(waiting ? 'wait.for_call' : 'wait.called')}</Text>
    ) : null;
  }
  return (
    <Text size="sm">
      {t(wait.kind === 'callback' ? 'wait.until_call' : 'wait.until', {
        at: format.dateTime(wait.until),
        when: format.relative(wait.until),
      })}
    </Text>
  );
}

/** Only those who may run flows are given the address. */
function Callback({ runId, step }: { runId: string; step: string }) {
  const { t } = useTranslation('runs');
  const why = useQuery({
    queryKey: keys.why(runId),
    queryFn: ({ signal }) => whyRun(runId, signal),
  });
  const path = why.data?.steps.find((each) => each.step === step)?.callback;
  if (!path) return null;
  const address = `${window.location.origin}${path}`;
  return (
    <Group gap={4} align="flex-end" wrap="nowrap">
      <TextInput
        flex={1}
        maw={720}
        readOnly
        label={t('wait.address')}
        value={address}
        onFocus={(event) => event.currentTarget.select()}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        data-testid="callback-address"
      />
      <CopyButton value={address} label={t('wait.copy')} />
    </Group>
  );
}

function Decision({ runId, step, wait }: { runId: string; step: Step; wait: Wait }) {
  const { t } = useTranslation('runs');
  const format = useFormat();
  const open = useQuery({ ...approvalsQuery(true), enabled: step.status === 'waiting' });
  const question = readQuestion(wait.data);
  const decided = readDecision(step.outputs);
  const mine = open.data?.some((item) => item.run_id === runId && item.step === step.node_id);
  return (
    <>
      <Text fw={600}>{question.title}</Text>
      {decided && (
        <Text size="sm" data-testid="decision">
          {t(`wait.${decided.outcome}${decided.by ? '' : '_late'}`, {
            by: decided.by,
            at: decided.at ? format.dateTime(decided.at) : '',
          })}
          {decided.comment && ` · “${decided.comment}”`}
        </Text>
      )}
      {wait.until && !decided && (
        <Text size="sm" c="var(--app-muted)">
          {t('wait.decide_until', { at: format.dateTime(wait.until) })}
        </Text>
      )}
      <QuestionView question={question} escalated={wait.escalated ?? false} />
      {step.status === 'waiting' && open.isSuccess && (
        <ApprovalForm runId={runId} step={step.node_id} question={question} mine={mine ?? false} />
      )}
    </>
  );
}
