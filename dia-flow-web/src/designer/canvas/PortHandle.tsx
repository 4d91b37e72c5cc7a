import { Handle, Position as Side } from '@xyflow/react';
import { useTranslation } from 'react-i18next';
import { NEW_INPUT, type Port } from '@/flow-core';
import classes from './canvas.module.css';

interface Props {
  nodeId: string;
  port: Port;
  side: 'in' | 'out';
  /** Place along the side. */
  top: string;
  /** It always bears its name, which has room inside of the card then. */
  labelled: boolean;
}

export function PortHandle({ nodeId, port, side, top, labelled }: Props) {
  const { t, i18n } = useTranslation('designer');
  const isNew = port.name === NEW_INPUT;
  const title = isNew
    ? t('port.new')
    : (i18n.language === 'zh' ? port.title?.zh : port.title?.en) || port.name;
  const kind = side === 'out' && port.name === 'error' ? 'error' : port.kind || 'any';
  return (
    <>
      <Handle
        id={port.name}
        type={side === 'in' ? 'target' : 'source'}
        position={side === 'in' ? Side.Left : Side.Right}
        className={classes.handle}
        style={{ top }}
        data-kind={kind}
        data-new={isNew || undefined}
        data-testid={`port-${side}-${nodeId}-${port.name}`}
        role="img"
        aria-label={t(side === 'in' ? 'port.input' : 'port.output', {
          name: title,
          kind: t(`kind.${port.kind || 'any'}`),
        })}
        title={`${title} · ${t(`kind.${port.kind || 'any'}`)}`}
      />
      <span
        className={classes.portLabel}
        data-side={side}
        data-always={labelled || undefined}
        style={{ top }}
        aria-hidden
      >
        {title}
      </span>
    </>
  );
}
