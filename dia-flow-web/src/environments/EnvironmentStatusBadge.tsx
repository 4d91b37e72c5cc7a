import { useTranslation } from 'react-i18next';
import type { EnvironmentStatus, StepStatus } from '@/api';
import { StatusIcon } from '@/ui/StatusBadge';
import classes from '@/ui/StatusBadge.module.css';

const colours: Record<EnvironmentStatus, StepStatus> = {
  building: 'running',
  ready: 'succeeded',
  failed: 'failed',
  canceled: 'canceled',
};

/** What became of a build, in the colours of steps. */
export function EnvironmentStatusBadge({ status }: { status: EnvironmentStatus }) {
  const { t } = useTranslation('environments');
  const colour = colours[status];
  return (
    <span className={classes.badge} data-status={colour} data-testid="environment-status">
      <StatusIcon status={colour} size={14} />
      {t(`status.${status}`)}
    </span>
  );
}
