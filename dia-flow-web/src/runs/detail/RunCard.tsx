import { Handle, type Node, type NodeProps, Position } from '@xyflow/react';
import { useTranslation } from 'react-i18next';
import type { Step } from '@/api';
import { RowCounts } from '@/data';
import { TypeIcon } from '@/designer/palette/TypeIcon';
import { type Step as CoreStep, type Port, rowCounts, type Section } from '@/flow-core';
import { StatusIcon } from '@/ui/StatusBadge';
import { Duration } from '@/ui/Time';
import classes from './canvas.module.css';
import { ItemsText, Origin } from './parts';

export type CardData = {
  title: string;
  type: string;
  step?: Step;
  ports: Port[];
  sections: Section[];
};
export type CardNode = Node<CardData, 'card' | 'container'>;

export function Card({ data, selected }: NodeProps<CardNode>) {
  const { step, ports } = data;
  const status = step?.status ?? 'queued';
  return (
    <div
      className={classes.card}
      data-status={status}
      data-selected={selected || undefined}
      data-testid="run-node"
    >
      <Handle type="target" position={Position.Left} className={classes.handle} />
      <Head data={data} />
      {step?.started_at && (
        <div className={classes.foot}>
          <Duration from={step.started_at} to={step.ended_at} live={status === 'running'} />
          <Origin step={step} />
          <RowCounts counts={rowCounts(step as CoreStep, ports)} />
        </div>
      )}
      <Handle type="source" position={Position.Right} className={classes.handle} />
    </div>
  );
}

/** A container with its bodies, in which the cards of its nodes lie. */
export function Container({ data, selected }: NodeProps<CardNode>) {
  const { t } = useTranslation('runs');
  const { step, sections } = data;
  const status = step?.status ?? 'queued';
  return (
    <div
      className={classes.container}
      data-status={status}
      data-selected={selected || undefined}
      data-testid="run-node"
    >
      <Handle
        type="target"
        position={Position.Left}
        className={classes.handle}
        style={{ top: 36 }}
      />
      <div className={classes.containerHead}>
        <Head data={data}>
          {step?.started_at && (
            <span className={classes.line}>
              <Duration from={step.started_at} to={step.ended_at} live={status === 'running'} />
              <ItemsText step={step} />
              <Origin step={step} />
            </span>
          )}
        </Head>
      </div>
      {sections.map((section) => (
        <div
          key={section.field}
          className={classes.section}
          data-field={section.field}
          style={{ top: section.y, height: section.height }}
        >
          {sections.length > 1 && <span>{t(`body.${section.field}`)}</span>}
        </div>
      ))}
      <Handle
        type="source"
        position={Position.Right}
        className={classes.handle}
        style={{ top: 36 }}
      />
    </div>
  );
}

function Head({ data, children }: { data: CardData; children?: React.ReactNode }) {
  const { t } = useTranslation('runs');
  const status = data.step?.status ?? 'queued';
  return (
    <div className={classes.head}>
      <TypeIcon name={data.type} size={30} />
      <div className={classes.text}>
        <div className={classes.title} title={data.title}>
          {data.title}
        </div>
        <div className={classes.type}>{children ?? data.type}</div>
      </div>
      <StatusIcon status={status} size={18} label={t(`common:status.${status}`)} />
    </div>
  );
}
