import { Button, Skeleton } from '@mantine/core';
import { modals } from '@mantine/modals';
import { IconHistoryToggle, IconRestore } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { forgetMarks, keys, listMarks } from '@/api';
import { useCan } from '@/auth/session';
import { FlowReport } from '@/flows/FlowReport';
import { notifyError, notifySuccess } from '@/ui/notify';
import { MarksTable } from './MarksTable';
import { bySteps, type StepMarks } from './steps';

/** How far the steps of a flow that read only what is new have come, and the way back to the beginning. */
export function MarksPage() {
  const { t } = useTranslation('marks');
  const { flowId } = useParams({ from: '/inside/flows/$flowId/marks' });
  const client = useQueryClient();
  const mayWrite = useCan('flow.write');
  const marks = useQuery({
    queryKey: keys.marks(flowId),
    queryFn: ({ signal }) => listMarks(flowId, signal),
    refetchInterval: 15_000,
    select: bySteps,
  });
  const forgetting = useMutation({
    mutationFn: (step: StepMarks | null) => forgetMarks(flowId, step?.step),
    onSuccess: (_, step) =>
      notifySuccess(step ? t('done', { step: step.title || step.step }) : t('done_all')),
    onError: (error) => notifyError(error),
    onSettled: () => client.invalidateQueries({ queryKey: keys.marks(flowId) }),
  });
  const ask = (step: StepMarks | null) =>
    modals.openConfirmModal({
      title: step ? t('ask', { step: step.title || step.step }) : t('ask_all'),
      children: t('ask_text'),
      labels: { confirm: t('again'), cancel: t('common:action.cancel') },
      confirmProps: { color: 'red', 'data-testid': 'marks-confirm' },
      onConfirm: () => forgetting.mutate(step),
    });
  return (
    <FlowReport
      flowId={flowId}
      title={t('title')}
      description={t('help')}
      query={marks}
      waiting={<Skeleton h={160} aria-busy="true" />}
      empty={{
        when: (steps) => steps.length === 0,
        icon: IconHistoryToggle,
        title: t('empty'),
        children: t('empty_help'),
      }}
      actions={
        mayWrite &&
        (marks.data?.length ?? 0) > 1 && (
          <Button
            variant="default"
            leftSection={<IconRestore size={16} />}
            onClick={() => ask(null)}
            data-testid="marks-forget-all"
          >
            {t('again_all')}
          </Button>
        )
      }
    >
      {(steps) => (
        <MarksTable
          steps={steps}
          onForget={mayWrite ? ask : undefined}
          busy={forgetting.isPending}
        />
      )}
    </FlowReport>
  );
}
