import {
  IconCheck,
  IconClockPause,
  IconLoader2,
  IconMinus,
  IconPinFilled,
  IconPlayerPauseFilled,
  IconPlayerStop,
  IconRepeat,
  IconX,
} from '@tabler/icons-react';
import { Handle, Position as Side } from '@xyflow/react';
import type { TFunction } from 'i18next';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { RowCounts } from '@/data/RowCounts';
import {
  AFTER,
  type FlowNode,
  inputPorts,
  NAMED,
  outputPorts,
  type Port,
  rowCounts,
  type Step,
  saidIn,
  stepOrigin,
} from '@/flow-core';
import { useFormat } from '@/lib/format';
import { saidText } from '@/lib/problems';
import { useDesigner, useNode } from '../state/context';
import { stepDuration } from '../state/runState';
import classes from './canvas.module.css';
import { PortHandle } from './PortHandle';
import { summaryOf } from './summary';
import { useNow } from './useNow';

const ICONS: Record<string, ReactNode> = {
  queued: <IconClockPause size={12} stroke={2.4} />,
  waiting: <IconPlayerPauseFilled size={11} />,
  running: <IconLoader2 size={12} stroke={2.6} className={classes.spin} />,
  succeeded: <IconCheck size={12} stroke={3} />,
  failed: <IconX size={12} stroke={3} />,
  skipped: <IconMinus size={12} stroke={3} />,
  canceled: <IconPlayerStop size={12} stroke={2.6} />,
};

const TONES: Record<string, string> = {
  queued: 'skipped',
  waiting: 'warning',
  running: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  skipped: 'skipped',
  canceled: 'skipped',
};

/** How many rules a check has, or steps a cleaning, of which no single one says what the node does. */
function countOf(node: FlowNode, t: TFunction<'designer'>): string {
  const list = { 'quality.check': 'rules', 'quality.clean': 'steps' }[node.type];
  const items = list ? node.with?.[list] : undefined;
  return Array.isArray(items) && items.length > 0 ? t(`node.${list}`, { count: items.length }) : '';
}

/** What a card says in words. */
export function useCardTexts(id: string) {
  const { t, i18n } = useTranslation('designer');
  const node = useNode(id);
  const type = useDesigner((s) => s.types.get(node?.type ?? ''));
  const status = useDesigner((s) => s.steps[id]?.status);
  const problems = useDesigner((s) => s.problemsOf.get(id));
  const language = i18n.language === 'zh' ? 'zh' : 'en';
  const typeTitle = type?.doc.title[language] ?? node?.type ?? '';
  const title = node?.title || (id === type?.name ? typeTitle : id);
  const errors = problems?.filter((p) => p.severity === 'error').length ?? 0;
  const pinned = node?.pin !== undefined;
  const label = [
    title,
    typeTitle,
    status ? t(`status.${status}`) : '',
    errors ? t('node.problems', { count: errors }) : '',
    pinned ? t('pin.badge') : '',
  ];
  return {
    title,
    typeTitle,
    summary: (node && (countOf(node, t) || summaryOf(node, type))) || typeTitle,
    label: label.filter(Boolean).join(', '),
  };
}

/** What a card shows of a node and of how its step stands. */
export function useCard(id: string) {
  const node = useNode(id);
  const type = useDesigner((s) => s.types.get(node?.type ?? ''));
  const analysis = useDesigner((s) => s.analysis?.nodes?.[id]);
  const step = useDesigner((s) => s.steps[id]);
  const dim = useDesigner((s) => s.lit !== null && !s.lit.nodes.has(id));
  const texts = useCardTexts(id);
  if (!node) return null;
  const inputs = inputPorts(node, type);
  const outputs = outputPorts(node, type, analysis ? { nodes: { [id]: analysis } } : null);
  return { node, type, step, dim, texts, inputs, outputs };
}

interface PortsProps {
  id: string;
  side: 'in' | 'out';
  ports: readonly Port[];
  /** Whether one bears its name. */
  labelled: (port: Port) => boolean;
  /** The card has lines for the names. */
  lines?: boolean;
}

/** The ports of one side, evenly apart, or each in its line of a card. */
export function Ports({ id, side, ports, labelled, lines }: PortsProps) {
  return ports.map((port, i) => (
    <PortHandle
      key={port.name}
      nodeId={id}
      port={port}
      side={side}
      top={
        lines
          ? `${NAMED.head + (i + 0.5) * NAMED.row}px`
          : `${((i + 1) / (ports.length + 1)) * 100}%`
      }
      labelled={labelled(port)}
    />
  ));
}

/** Where a node is told what to wait for. */
export function AfterHandle({ id }: { id: string }) {
  const { t } = useTranslation('designer');
  return (
    <Handle
      id={AFTER}
      type="target"
      position={Side.Top}
      className={classes.handle}
      data-wait
      data-kind="any"
      data-testid={`port-after-${id}`}
      role="img"
      aria-label={t('port.after')}
      title={t('port.after')}
    />
  );
}

/** Small marks on the upper edge: problems, pinned data, and how the step stands. */
export function CardBadges({ id, step }: { id: string; step: Step | undefined }) {
  const { t, i18n } = useTranslation('designer');
  const problems = useDesigner((s) => s.problemsOf.get(id)) ?? [];
  const pinned = useNode(id)?.pin !== undefined;
  const failing = problems.some((p) => p.severity === 'error');
  const from = step && stepOrigin(step);
  const origin = from === 'pinned' && pinned ? undefined : from;
  return (
    <div className={classes.badges}>
      {pinned && (
        <span
          className={classes.badge}
          data-tone="pin"
          data-testid={`node-pin-${id}`}
          title={t('pin.badge')}
        >
          <IconPinFilled size={12} />
        </span>
      )}
      {problems.length > 0 && (
        <span
          className={classes.badge}
          data-tone={failing ? 'failed' : 'warning'}
          data-testid={`node-problems-${id}`}
          title={problems.map((p) => saidIn(i18n.language, p)).join('\n')}
        >
          {problems.length}
        </span>
      )}
      {step && origin && (
        <span
          className={classes.badge}
          data-tone="origin"
          data-testid={`node-origin-${id}`}
          data-origin={origin}
          title={t(`origin.${origin}_help`)}
        >
          {origin === 'pinned' ? (
            <IconPinFilled size={12} />
          ) : (
            <IconRepeat size={12} stroke={2.6} />
          )}
        </span>
      )}
      {step && (
        <span
          className={classes.badge}
          data-tone={TONES[step.status]}
          data-testid={`node-status-${id}`}
          data-status={step.status}
          title={t(`status.${step.status}`)}
        >
          {ICONS[step.status]}
        </span>
      )}
    </div>
  );
}

/** Time, rows and progress of a step in one line, with a bar while it goes on. */
export function StepLine({ id, step }: { id: string; step: Step }) {
  const { t } = useTranslation('designer');
  const node = useNode(id);
  const type = useDesigner((s) => s.types.get(node?.type ?? ''));
  const analysis = useDesigner((s) => s.analysis?.nodes?.[id]);
  const { progress, items } = step;
  const running = step.status === 'running' || step.status === 'waiting';
  const now = useNow(running);
  const duration = stepDuration(step, now);
  const ports = node
    ? outputPorts(node, type, analysis ? { nodes: { [id]: analysis } } : null)
    : [];
  const counts = rowCounts(step, ports);
  // Several outputs need the room of the time, which the tooltip has then.
  const several = !items && counts.named && counts.all.filter((each) => each.rows > 0).length > 1;
  const format = useFormat();
  const count = (n: number) => format.number(n);
  const done = items?.ended ?? progress?.done ?? 0;
  const total = items?.count ?? progress?.total ?? 0;
  const share = total > 0 ? Math.min(1, done / total) : undefined;
  const why = step.why ? saidText(step.why) : undefined;
  const left =
    step.status === 'failed'
      ? t('status.failed')
      : step.status === 'waiting' || step.status === 'queued' || (running && why)
        ? (why ?? t(`status.${step.status}`))
        : duration !== undefined
          ? format.duration(duration)
          : t(`status.${step.status}`);
  return (
    <>
      {(!several || step.status !== 'succeeded') && (
        <span className={classes.left} title={why}>
          {left}
        </span>
      )}
      {items ? (
        <span data-testid={`node-items-${step.node_id}`}>
          {items.ended < items.count || running
            ? `${count(items.ended)} / ${count(items.count)}`
            : t('container.items', { count: items.count, n: count(items.count) })}
          {items.failed > 0 && (
            <b className={classes.failedItems}>
              {t('container.failed', { count: items.failed, n: count(items.failed) })}
            </b>
          )}
        </span>
      ) : counts.all.length > 0 ? (
        <RowCounts
          counts={counts}
          {...(several ? { note: left } : {})}
          className={classes.counts ?? ''}
          testId={`node-rows-${step.node_id}`}
        />
      ) : (
        running &&
        progress && (
          <span>
            {count(progress.done)} {t(`unit.${progress.unit || 'items'}`, { count: progress.done })}
          </span>
        )
      )}
      {running && step.status === 'running' && (
        <div className={classes.progress} data-unknown={share === undefined || undefined}>
          <i style={share === undefined ? undefined : { width: `${share * 100}%` }} />
        </div>
      )}
    </>
  );
}
