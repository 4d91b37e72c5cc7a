import { Skeleton, Switch } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { getPythonPolicy, keys, type PythonPolicy, setPythonPolicy } from '@/api';
import { useCan } from '@/auth/session';
import { notifyError } from '@/ui/notify';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { Section } from './Section';

/** Whether the language policy stands in front of the sandbox for the tenant's code. */
export function PythonPolicySection() {
  const { t } = useTranslation('settings');
  const mayAdmit = useCan('environment.admin');
  const queries = useQueryClient();
  const policy = useQuery({
    queryKey: keys.pythonPolicy,
    queryFn: ({ signal }) => getPythonPolicy(signal),
  });
  const change = useMutation({
    mutationFn: setPythonPolicy,
    onSuccess: (now) => {
      queries.setQueryData(keys.pythonPolicy, now);
      // What was found in code under the other policy says nothing.
      return queries.invalidateQueries({ queryKey: ['python-inspect'] });
    },
    onError: notifyError,
  });
  const fixed = policy.data?.fixed;
  const confirm = (to: PythonPolicy['policy']) =>
    modals.openConfirmModal({
      title: t(`policy.confirm.${to}.title`),
      children: t(`policy.confirm.${to}.text`),
      labels: { confirm: t(`policy.confirm.${to}.do`), cancel: t('common:action.cancel') },
      confirmProps: {
        'data-testid': 'policy-confirm',
        ...(to === 'isolated' ? { color: 'red' } : {}),
      },
      onConfirm: () => change.mutate(to),
    });
  return (
    <Section title={t('policy.title')} text={t('policy.text')}>
      {policy.isPending && <Skeleton h={40} />}
      {policy.error && <ProblemAlert error={policy.error} onRetry={() => void policy.refetch()} />}
      {policy.data && (
        <Switch
          label={t('policy.restricted')}
          description={t('policy.restrictedHelp')}
          checked={policy.data.policy === 'restricted'}
          onChange={(event) => confirm(event.currentTarget.checked ? 'restricted' : 'isolated')}
          disabled={!mayAdmit || fixed || change.isPending}
          error={fixed ? t('policy.fixed') : mayAdmit ? undefined : t('policy.adminOnly')}
          data-testid="python-policy"
        />
      )}
    </Section>
  );
}
