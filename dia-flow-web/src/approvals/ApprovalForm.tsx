import { Button, Group, Stack, Text, Textarea } from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconCheck, IconX } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { decide, keys, toApiError } from '@/api';
import { ParamField } from '@/runs/params/ParamField';
import { checkField, type Fields, toFields, toValues } from '@/runs/params/values';
import { notifySuccess } from '@/ui/notify';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { definitionsOf, type Question } from './question';

interface Props {
  runId: string;
  step: string;
  question: Question;
  /** Whether the person who looks at it may decide. */
  mine: boolean;
  onDecided?: () => void;
}

type Verdict = 'approve' | 'reject';

/** What is filled in with a decision, a comment, and the decision itself. */
export function ApprovalForm({ runId, step, question, mine, onDecided }: Props) {
  const { t } = useTranslation('approvals');
  const { t: tRuns } = useTranslation('runs');
  const client = useQueryClient();
  const [comment, setComment] = useState('');
  const all = definitionsOf(question.form, true);
  const form = useForm<Fields>({ initialValues: toFields(all, {}) });

  const decision = useMutation({
    mutationFn: (verdict: Verdict) =>
      decide(runId, {
        step,
        decision: verdict,
        ...(comment.trim() ? { comment: comment.trim() } : {}),
        ...(question.form.length > 0 ? { form: toValues(all, form.values) } : {}),
      }),
    onSuccess: async (_, verdict) => {
      notifySuccess(t(verdict === 'approve' ? 'approved' : 'rejected', { title: question.title }));
      onDecided?.();
      await Promise.all([
        client.invalidateQueries({ queryKey: keys.approvals }),
        client.invalidateQueries({ queryKey: keys.runs }),
      ]);
    },
    onError: (error) => {
      for (const [field, message] of Object.entries(toApiError(error).byField())) {
        const name = field.split('.').at(-1) ?? '';
        if (name in all) form.setFieldError(name, message);
      }
    },
  });

  const submit = (verdict: Verdict) => {
    form.clearErrors();
    let good = true;
    for (const [name, definition] of Object.entries(
      definitionsOf(question.form, verdict === 'approve'),
    )) {
      const problem = checkField(definition, form.values[name] ?? '');
      if (!problem) continue;
      form.setFieldError(name, tRuns(`params.${problem}`, { ...definition }));
      good = false;
    }
    if (good) decision.mutate(verdict);
  };

  if (!mine) {
    return (
      <Text size="sm" c="var(--app-muted)">
        {t('notYours')}
      </Text>
    );
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit('approve');
      }}
      noValidate
      data-testid="approval-form"
    >
      <Stack gap="md">
        {Object.entries(all).map(([name, definition]) => (
          <ParamField key={name} name={name} definition={definition} form={form} />
        ))}
        <Textarea
          label={t('comment')}
          autosize
          minRows={2}
          maxRows={8}
          value={comment}
          onChange={(event) => setComment(event.currentTarget.value)}
          data-testid="approval-comment"
        />
        {decision.error && <ProblemAlert error={decision.error} />}
        <Group gap="xs">
          <Button
            type="submit"
            color="#1b7a37"
            leftSection={<IconCheck size={16} />}
            loading={decision.isPending && decision.variables === 'approve'}
            disabled={decision.isPending}
            data-testid="approval-approve"
          >
            {t('approve')}
          </Button>
          <Button
            variant="default"
            leftSection={<IconX size={16} />}
            loading={decision.isPending && decision.variables === 'reject'}
            disabled={decision.isPending}
            onClick={() => submit('reject')}
            data-testid="approval-reject"
          >
            {t('reject')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
