import { Tooltip, UnstyledButton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { isFinal, type Run, type Step } from '@/api';
import { useFormat } from '@/lib/format';
import { StatusIcon } from '@/ui/StatusBadge';
import { useNow } from '@/ui/useNow';
import { type Bar, gantt } from './gantt';
import classes from './timeline.module.css';

interface TimelineProps {
  run: Run;
  steps: Step[];
  selected?: string;
  onSelect: (node: string) => void;
}

/** Which step ran when, and how long each waited before it began. */
export function Timeline({ run, steps, selected, onSelect }: TimelineProps) {
  const { t } = useTranslation('runs');
  const format = useFormat();
  const now = useNow(isFinal(run.status) ? 0 : 500);
  const { bars, span, ticks } = gantt(run, steps, now);
  return (
    <div className={classes.frame} data-testid="timeline">
      <div className={classes.head}>
        <div className={classes.name} />
        <div className={classes.axis}>
          {ticks.map((tick) => (
            <span key={tick} style={{ left: `${(tick / span) * 100}%` }}>
              {format.duration(tick)}
            </span>
          ))}
        </div>
      </div>
      <div className={classes.rows}>
        {bars.map((bar) => (
          <Row
            key={bar.step.node_id}
            bar={bar}
            selected={bar.step.node_id === selected}
            onSelect={() => onSelect(bar.step.node_id)}
          />
        ))}
        <div className={classes.lines} aria-hidden>
          <div className={classes.name} />
          <div className={classes.grid}>
            {ticks.map((tick) => (
              <span key={tick} style={{ left: `${(tick / span) * 100}%` }} />
            ))}
          </div>
        </div>
      </div>
      <div className={classes.legend}>
        <span data-kind="wait">{t('timeline.waiting')}</span>
        <span data-kind="run">{t('timeline.running')}</span>
      </div>
    </div>
  );
}

function Row({ bar, selected, onSelect }: { bar: Bar; selected: boolean; onSelect: () => void }) {
  const { t } = useTranslation('runs');
  const format = useFormat();
  const now = useNow(bar.step.status === 'running' ? 500 : 0);
  const { step } = bar;
  const start = step.started_at && new Date(step.started_at).getTime();
  const end = step.ended_at ? new Date(step.ended_at).getTime() : Math.max(now, Date.now());
  const took = start ? format.duration(Math.max(0, end - start)) : '';
  const label = took && bar.left + bar.width > 82 ? 'before' : 'after';
  const name = step.title || step.node_id;
  const status = t(`common:status.${step.status}`);
  return (
    <Tooltip.Floating
      label={[
        name,
        status,
        took,
        step.attempt > 1 && t('timeline.attempt', { count: step.attempt }),
      ]
        .filter(Boolean)
        .join(' · ')}
    >
      <UnstyledButton
        className={classes.row}
        data-selected={selected || undefined}
        data-status={step.status}
        onClick={onSelect}
        aria-label={`${name}, ${status}${took ? `, ${took}` : ''}`}
      >
        <span className={classes.name}>
          <StatusIcon status={step.status} size={15} />
          <span className={classes.title}>{name}</span>
        </span>
        <span className={classes.track}>
          {bar.waitWidth > 0 && (
            <span
              className={classes.wait}
              style={{ left: `${bar.waitLeft}%`, width: `${bar.waitWidth}%` }}
            />
          )}
          {start && (
            <>
              <span
                className={classes.bar}
                style={{ left: `${bar.left}%`, width: `${bar.width}%` }}
              />
              <span
                className={classes.took}
                style={
                  label === 'after'
                    ? { left: `calc(${bar.left + bar.width}% + 8px)` }
                    : { right: `calc(${100 - bar.left}% + 8px)` }
                }
              >
                {took}
                {step.attempt > 1 && ` · ${t('timeline.attempt', { count: step.attempt })}`}
              </span>
            </>
          )}
        </span>
      </UnstyledButton>
    </Tooltip.Floating>
  );
}
