import { ActionIcon, Tooltip, UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isFinal, type Run, type Step } from '@/api';
import { type FlowDocument, type Instances, nodeById } from '@/flow-core';
import { useFormat } from '@/lib/format';
import { StatusIcon } from '@/ui/StatusBadge';
import { useNow } from '@/ui/useNow';
import { type Bar, gantt } from './gantt';
import type { Row as StepRow } from './order';
import classes from './timeline.module.css';
import { type TimelineRow, timelineRows } from './timelineRows';

interface TimelineProps {
  run: Run;
  rows: StepRow[];
  byPath: Record<string, Step>;
  document?: FlowDocument;
  instances: Instances;
  selected?: string;
  onSelect: (path: string) => void;
  onShow: (container: string, index: number) => void;
}

/** Which step ran when, and how long each waited before it began; containers unfold into their items and rounds. */
export function Timeline(props: TimelineProps) {
  const { run, rows, byPath, document, instances, selected, onSelect, onShow } = props;
  const { t } = useTranslation('runs');
  const format = useFormat();
  const now = useNow(isFinal(run.status) ? 0 : 500);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const lines = useMemo(
    () =>
      timelineRows(rows, {
        byPath,
        doc: document,
        open,
        label: (container, index) => {
          const loop = document && nodeById(document, container)?.type === 'control.loop';
          return t(loop ? 'instance.round' : 'instance.item', { n: format.number(index + 1) });
        },
      }),
    [rows, byPath, document, open, t, format],
  );
  const { bars, span, ticks } = gantt(
    run,
    lines.map((line) => line.span),
    now,
  );
  const toggle = (node: string) => {
    const next = new Set(open);
    if (!next.delete(node)) next.add(node);
    setOpen(next);
  };
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
        {lines.map((line, i) => (
          <div key={line.key} className={classes.line}>
            {line.open !== undefined && (
              <ActionIcon
                size={20}
                className={classes.toggle}
                style={{ left: 2 + line.depth * 16 }}
                aria-label={t(line.open ? 'timeline.fold' : 'timeline.unfold', { name: line.name })}
                aria-expanded={line.open}
                onClick={() => toggle(line.node)}
                data-testid={`timeline-toggle-${line.node}`}
              >
                {line.open ? <IconChevronDown size={14} /> : <IconChevronRight size={14} />}
              </ActionIcon>
            )}
            <Line
              line={line}
              bar={bars[i]}
              selected={
                line.kind === 'step'
                  ? line.path === selected
                  : (instances[line.node] ?? 0) === line.index
              }
              onSelect={() =>
                line.kind === 'step' ? onSelect(line.path) : onShow(line.node, line.index ?? 0)
              }
            />
          </div>
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

interface LineProps {
  line: TimelineRow;
  bar: Bar | undefined;
  selected: boolean;
  onSelect: () => void;
}

function Line({ line, bar, selected, onSelect }: LineProps) {
  const { t } = useTranslation('runs');
  const format = useFormat();
  const { start, end } = line.span;
  const now = useNow(start !== undefined && end === undefined ? 500 : 0);
  const took =
    start === undefined
      ? ''
      : format.duration(Math.max(0, (end ?? Math.max(now, Date.now())) - start));
  const attempt = line.attempt > 1 ? t('timeline.attempt', { count: line.attempt }) : '';
  const status = t(`common:status.${line.status}`);
  if (!bar) return null;
  const before = took !== '' && bar.left + bar.width > 82;
  return (
    <Tooltip.Floating label={[line.name, status, took, attempt].filter(Boolean).join(' · ')}>
      <UnstyledButton
        className={classes.row}
        data-kind={line.kind}
        data-selected={selected || undefined}
        data-status={line.status}
        onClick={onSelect}
        aria-label={`${line.name}, ${status}${took ? `, ${took}` : ''}`}
      >
        <span className={classes.name} style={{ paddingLeft: 24 + line.depth * 16 }}>
          <StatusIcon status={line.status} size={15} />
          <span className={classes.title}>{line.name}</span>
        </span>
        <span className={classes.track}>
          {bar.waitWidth > 0 && (
            <span
              className={classes.wait}
              style={{ left: `${bar.waitLeft}%`, width: `${bar.waitWidth}%` }}
            />
          )}
          {start !== undefined && (
            <>
              <span
                className={classes.bar}
                style={{ left: `${bar.left}%`, width: `${bar.width}%` }}
              />
              <span
                className={classes.took}
                style={
                  before
                    ? { right: `calc(${100 - bar.left}% + 8px)` }
                    : { left: `calc(${bar.left + bar.width}% + 8px)` }
                }
              >
                {[took, attempt].filter(Boolean).join(' · ')}
              </span>
            </>
          )}
        </span>
      </UnstyledButton>
    </Tooltip.Floating>
  );
}
