import { ActionIcon, Tooltip } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { Handle, type NodeProps, Position as Side } from '@xyflow/react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import {
  AFTER,
  idsWithin,
  inputPorts,
  isContainer,
  NEW_INPUT,
  outputPorts,
  type Port,
} from '@/flow-core';
import { TypeIcon } from '../palette/TypeIcon';
import { useDesigner, useDesignerStore, useNode } from '../state/context';
import { CardBadges, StepLine, useCardTexts } from './CardParts';
import classes from './canvas.module.css';
import { INNER } from './handles';
import { PortHandle } from './PortHandle';

/** A node, or a folded container. */
export const NodeCard = memo(function NodeCard({ id, selected }: NodeProps) {
  const { t } = useTranslation('designer');
  const store = useDesignerStore();
  const node = useNode(id);
  const type = useDesigner((s) => s.types.get(node?.type ?? ''));
  const analysis = useDesigner((s) => s.analysis?.nodes?.[id]);
  const step = useDesigner((s) => s.steps[id]);
  const dim = useDesigner((s) => s.lit !== null && !s.lit.nodes.has(id));
  const texts = useCardTexts(id);
  if (!node) return null;

  const folded = isContainer(node);
  const inputs = inputPorts(node, type);
  const outputs = outputPorts(node, type, analysis ? { nodes: { [id]: analysis } } : null);
  const handles: Port[] = type?.named_inputs ? [...inputs, { name: NEW_INPUT, kind: '' }] : inputs;
  const rows = Math.max(handles.length, outputs.length);
  const inside = folded ? idsWithin(node).length : 0;
  const summary = folded ? t('container.inside', { count: inside }) : texts.summary;

  return (
    <div
      className={classes.card}
      data-testid={`node-${id}`}
      data-status={step?.status}
      data-selected={selected}
      data-dim={dim || undefined}
      data-stack={folded || undefined}
      style={rows > 2 ? { minHeight: rows * 24 + 24 } : undefined}
      role="group"
      aria-label={texts.label}
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
      {folded && (
        <Handle
          id={INNER}
          type="target"
          position={Side.Left}
          className={classes.inner ?? ''}
          isConnectable={false}
          aria-hidden
        />
      )}
      <div className={classes.head}>
        <TypeIcon name={node.type} type={type} />
        <div className={classes.text}>
          <div className={classes.title} title={texts.title}>
            {texts.title}
          </div>
          <div className={classes.summary} title={`${texts.typeTitle} · ${summary}`}>
            {summary}
          </div>
        </div>
        {folded && (
          <Tooltip label={t('container.unfold')}>
            <ActionIcon
              className="nodrag"
              mr={-6}
              aria-label={t('container.unfold_name', { name: texts.title })}
              aria-expanded={false}
              onClick={(event) => {
                event.stopPropagation();
                store.getState().setFolded(id, false);
              }}
              data-testid={`unfold-${id}`}
            >
              <IconChevronRight size={17} stroke={1.8} />
            </ActionIcon>
          </Tooltip>
        )}
      </div>
      {step && (
        <div className={classes.foot}>
          <StepLine id={id} step={step} />
        </div>
      )}
      <CardBadges id={id} step={step} />
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
