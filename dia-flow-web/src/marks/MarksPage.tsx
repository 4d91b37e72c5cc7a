import { Button, Skeleton } from '@mantine/core';
import { modals } from '@mantine/modals';
import { IconHistoryToggle, IconRestore, IconSitemap } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { forgetMarks, getFlow, keys, listMarks } from '@/api';
import { useCan } from '@/auth/session';
import { FlowCrumbs } from '@/flows/FlowCrumbs';
import { EmptyState } from '@/ui/EmptyState';
import { notifyError, notifySuccess } from '@/ui/notify';
import { Page } from '@/ui/Page';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { MarksTable } from './MarksTable';
import { bySteps, type StepMarks } from './steps';

/** How far the steps of a flow that read only what is new have come, and the way back to the beginning. */
export function MarksPage() {
  const { t } = useTranslation('marks');
  const { flowId } = useParams({ from: '/inside/flows/$flowId/marks' });
  const client = useQueryClient();
  const mayWrite = useCan('flow.write');
  const flow = useQuery({
    queryKey: keys.flow(flowId),
    queryFn: ({ signal }) => getFlow(flowId, signal),
  });
  const marks = useQuery({
    queryKey: keys.marks(flowId),
    queryFn: ({ signal }) => listMarks(flowId, signal),
    refetchInterval: 15_000,
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
  const title = flow.data?.title || flow.data?.name || '';
  const steps = bySteps(marks.data ?? []);
  return (
    <Page
      title={t('title')}
      windowTitle={title ? `${t('title')}: ${title}` : t('title')}
      above={<FlowCrumbs flowId={flowId} title={title} />}
      description={t('help')}
      actions={
        mayWrite &&
        steps.length > 1 && (
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
      {marks.isPending && <Skeleton h={160} aria-busy="true" />}
      {marks.error && !marks.data && (
        <ProblemAlert error={marks.error} onRetry={() => void marks.refetch()} />
      )}
      {marks.data && steps.length === 0 && (
        <EmptyState
          icon={IconHistoryToggle}
          title={t('empty')}
          actions={
            <Button
              component={Link}
              to={`/flows/${flowId}`}
              variant="light"
              leftSection={<IconSitemap size={16} />}
            >
              {t('open')}
            </Button>
          }
        >
          {t('empty_help')}
        </EmptyState>
      )}
      {steps.length > 0 && (
        <MarksTable
          steps={steps}
          onForget={mayWrite ? ask : undefined}
          busy={forgetting.isPending}
        />
      )}
    </Page>
  );
}
