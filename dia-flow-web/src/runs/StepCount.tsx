import { useTranslation } from 'react-i18next';
import { isFinal, type Run } from '@/api';

/** How many steps are done, of all; and of a run that has ended, how many never ran. */
export function StepCount({ run, className }: { run: Run; className?: string }) {
  const { t } = useTranslation('runs');
  const left = isFinal(run.status) ? run.steps_total - run.steps_done : 0;
  return (
    <span className="tabular" data-testid="step-count">
      {run.steps_done}/{run.steps_total}
      {left > 0 && <span className={className}> · {t('notRun', { count: left })}</span>}
    </span>
  );
}
