import { ActionIcon, Tooltip } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { Handle, type NodeProps, Position as Side } from '@xyflow/react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { idsWithin, isContainer, NAMED, NEW_INPUT, type Port } from '@/flow-core';
import { Breakable } from '@/ui/Breakable';
import { TypeIcon } from '../palette/TypeIcon';
import { useDesignerStore } from '../state/context';
import { AfterHandle, CardBadges, Ports, StepLine, useCard } from './CardParts';
import classes from './canvas.module.css';
import { INNER, portRows } from './handles';

/** A node, or a folded container. */
export const NodeCard = memo(function NodeCard({ id, selected }: NodeProps) {
  const { t } = useTranslation('designer');
  const store = useDesignerStore();
  const card = useCard(id);
  if (!card) return null;

  const { node, type, step, dim, texts, inputs, outputs } = card;
  const folded = isContainer(node);
  const handles: Port[] = type?.named_inputs ? [...inputs, { name: NEW_INPUT, kind: '' }] : inputs;
  const rows = portRows(node, type, outputs);
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
      data-ports={rows > 0 || undefined}
      role="group"
      aria-label={texts.label}
    >
      <Ports
        id={id}
        side="in"
        ports={handles}
        labelled={(port) => inputs.length > 1 && port.name !== NEW_INPUT}
        lines={inputs.length > 1}
      />
      <AfterHandle id={id} />
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
            <Breakable text={texts.title} />
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
      {rows > 0 && <div style={{ height: rows * NAMED.row + NAMED.below }} />}
      {step && (
        <div className={classes.foot}>
          <StepLine id={id} step={step} />
        </div>
      )}
      <CardBadges id={id} step={step} />
      <Ports
        id={id}
        side="out"
        ports={outputs}
        labelled={() => outputs.length > 1}
        lines={outputs.length > 1}
      />
    </div>
  );
});
