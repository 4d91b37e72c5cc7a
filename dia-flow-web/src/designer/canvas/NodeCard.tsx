import {
  IconCheck,
  IconClockPause,
  IconLoader2,
  IconMinus,
  IconPlayerStop,
  IconX,
} from '@tabler/icons-react';
import { Handle, type NodeProps, Position as Side } from '@xyflow/react';
import { memo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { AFTER, inputPorts, NEW_INPUT, outputPorts, type Port, type Step } from '@/flow-core';
import { formatCount, formatDuration } from '../format';
import { TypeIcon } from '../palette/TypeIcon';
import { useDesigner, useNode } from '../state/context';
import { rowsOf, stepDuration } from '../state/runState';
import classes from './canvas.module.css';
import { PortHandle } from './PortHandle';
import { summaryOf } from './summary';
import { useNow } from './useNow';

const ICONS: Record<string, ReactNode> = {
  queued: <IconClockPause size={12} stroke={2.4} />,
  waiting: <IconClockPause size={12} stroke={2.4} />,
  running: <IconLoader2 size={12} stroke={2.6} className={classes.spin} />,
  succeeded: <IconCheck size={12} stroke={3} />,
  failed: <IconX size={12} stroke={3} />,
  skipped: <IconMinus size={12} stroke={3} />,
  canceled: <IconPlayerStop size={12} stroke={2.6} />,
};

const TONES: Record<string, string> = {
  queued: 'skipped',
  waiting: 'running',
  running: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  skipped: 'skipped',
  canceled: 'skipped',
};

export const NodeCard = memo(function NodeCard({ id, selected }: NodeProps) {
  const { t, i18n } = useTranslation('designer');
  const node = useNode(id);
  const type = useDesigner((s) => s.types.get(node?.type ?? ''));
  const analysis = useDesigner((s) => s.analysis?.nodes?.[id]);
  const step = useDesigner((s) => s.steps[id]);
  const problems = useDesigner((s) => s.problemsOf.get(id));
  if (!node) return null;

  const language = i18n.language === 'zh' ? 'zh' : 'en';
  const inputs = inputPorts(node, type);
  const outputs = outputPorts(node, type, analysis ? { nodes: { [id]: analysis } } : null);
  const handles: Port[] = type?.named_inputs ? [...inputs, { name: NEW_INPUT, kind: '' }] : inputs;
  const typeTitle = type?.doc.title[language] ?? node.type;
  const title = node.title || (node.id === type?.name ? typeTitle : node.id);
  const summary = summaryOf(node, type) || typeTitle;
  const errors = problems?.filter((p) => p.severity === 'error').length ?? 0;
  const statusText = step ? t(`status.${step.status}`) : '';
  const rows = Math.max(handles.length, outputs.length);

  return (
    <div
      className={classes.card}
      data-testid={`node-${id}`}
      data-status={step?.status}
      data-selected={selected}
      style={rows > 2 ? { minHeight: rows * 24 + 24 } : undefined}
      role="group"
      aria-label={[
        title,
        typeTitle,
        statusText,
        errors ? t('node.problems', { count: errors }) : '',
      ]
        .filter(Boolean)
        .join(', ')}
    >
      {handles.map((port, i) => (
        <PortHandle
          key={port.name}
          nodeId={id}
          port={port}
          side="in"
          at={(i + 1) / (handles.length + 1)}
          labelled={inputs.length > 1 && port.name !== NEW_INPUT}
        />
      ))}
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
      <div className={classes.head}>
        <TypeIcon name={node.type} type={type} />
        <div className={classes.text}>
          <div className={classes.title} title={title}>
            {title}
          </div>
          <div className={classes.summary} title={`${typeTitle} · ${summary}`}>
            {summary}
          </div>
        </div>
      </div>
      {step && <Foot step={step} />}
      <div className={classes.badges}>
        {problems && problems.length > 0 && (
          <span
            className={classes.badge}
            data-tone={errors > 0 ? 'failed' : 'warning'}
            data-testid={`node-problems-${id}`}
            title={problems.map((p) => p.message).join('\n')}
          >
            {problems.length}
          </span>
        )}
        {step && (
          <span
            className={classes.badge}
            data-tone={TONES[step.status]}
            data-testid={`node-status-${id}`}
            data-status={step.status}
            title={statusText}
          >
            {ICONS[step.status]}
          </span>
        )}
      </div>
      {outputs.map((port, i) => (
        <PortHandle
          key={port.name}
          nodeId={id}
          port={port}
          side="out"
          at={(i + 1) / (outputs.length + 1)}
          labelled={outputs.length > 1}
        />
      ))}
    </div>
  );
});

function Foot({ step }: { step: Step }) {
  const { t, i18n } = useTranslation('designer');
  const running = step.status === 'running';
  const now = useNow(running);
  const duration = stepDuration(step, now);
  const rows = rowsOf(step);
  const { progress } = step;
  const share = progress?.total ? Math.min(1, progress.done / progress.total) : undefined;
  const left =
    step.status === 'failed'
      ? t('status.failed')
      : duration !== undefined
        ? formatDuration(duration, i18n.language)
        : (step.why ?? t(`status.${step.status}`));
  return (
    <div className={classes.foot}>
      <span>{left}</span>
      {rows !== undefined ? (
        <span data-testid={`node-rows-${step.node_id}`}>
          {t('rows', { count: rows, n: formatCount(rows, i18n.language) })}
        </span>
      ) : (
        running &&
        progress && (
          <span>
            {formatCount(progress.done, i18n.language)} {t(`unit.${progress.unit || 'items'}`)}
          </span>
        )
      )}
      {running && (
        <div className={classes.progress} data-unknown={share === undefined || undefined}>
          <i style={share === undefined ? undefined : { width: `${share * 100}%` }} />
        </div>
      )}
    </div>
  );
}
