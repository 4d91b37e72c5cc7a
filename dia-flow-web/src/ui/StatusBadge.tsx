import {
  IconBan,
  IconCircleCheckFilled,
  IconCircleDashed,
  IconCircleXFilled,
  IconClockHour4,
  IconLoader2,
  IconPlayerPauseFilled,
  IconPlayerSkipForward,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { StepStatus } from '@/api';
import classes from './StatusBadge.module.css';

/** What is shown as a status: a paused run is told from one that goes on. */
export type ShownStatus = StepStatus | 'paused';

const icons = {
  queued: IconCircleDashed,
  running: IconLoader2,
  waiting: IconClockHour4,
  paused: IconPlayerPauseFilled,
  succeeded: IconCircleCheckFilled,
  failed: IconCircleXFilled,
  skipped: IconPlayerSkipForward,
  canceled: IconBan,
} as const;

/** The icon of a status alone; give it a label when no text stands beside it. */
export function StatusIcon({
  status,
  size = 16,
  label,
}: {
  status: ShownStatus;
  size?: number;
  label?: string;
}) {
  const Icon = icons[status] ?? IconCircleDashed;
  return (
    <Icon
      size={size}
      className={classes.icon}
      data-status={status}
      aria-hidden={label ? undefined : true}
      role={label ? 'img' : undefined}
      aria-label={label}
    />
  );
}

export function StatusBadge({ status }: { status: ShownStatus }) {
  const { t } = useTranslation('common');
  return (
    <span className={classes.badge} data-status={status} data-testid="status">
      <StatusIcon status={status} size={14} />
      {t(`status.${status}`)}
    </span>
  );
}
