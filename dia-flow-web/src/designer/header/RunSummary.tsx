import { Tooltip } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/lib/format';
import { saidText } from '@/lib/problems';
import { useNow } from '../canvas/useNow';
import { useDesigner } from '../state/context';
import { isLive } from '../state/runState';
import classes from './header.module.css';

const DOTS: Record<string, string> = {
  running: 'var(--mantine-color-blue-filled)',
  paused: '#e08700',
  succeeded: '#2a8a55',
  failed: 'var(--mantine-color-red-filled)',
};

/** How the shown run stands and what it waits for, and the way to its page. */
export function RunSummary() {
  const { t } = useTranslation('designer');
  const format = useFormat();
  const run = useDesigner((s) => s.run);
  const live = isLive(run);
  const now = useNow(live);
  if (!run) return null;
  const end = run.ended_at ? Date.parse(run.ended_at) : now;
  const duration = Math.max(0, end - Date.parse(run.started_at ?? run.created_at));
  const status = live && run.paused_by ? 'paused' : run.status;
  const why = live && run.why ? saidText(run.why) : undefined;
  const label = [
    why && t('run.waits', { why }),
    !why && run.paused_by && live && t('run.paused_by', { name: run.paused_by }),
    run.late && t('run.late'),
    t('run.open'),
  ];
  return (
    <Tooltip label={label.filter(Boolean).join(' · ')} multiline maw={320}>
      <Link
        to={'/runs/$runId' as string}
        params={{ runId: run.id } as never}
        className={classes.run}
        style={{ textDecoration: 'none', padding: '0 8px' }}
        data-testid="run-status"
        data-status={run.status}
        data-paused={status === 'paused' || undefined}
      >
        <span className={classes.dot} style={{ background: DOTS[status] ?? '#868d9b' }} />
        {t(`status.${status}`)} · {format.duration(duration)}
        {run.late && <b className={classes.late}>{t('run.late_short')}</b>}
      </Link>
    </Tooltip>
  );
}
