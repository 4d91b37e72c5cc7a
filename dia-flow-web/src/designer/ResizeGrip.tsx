import classes from './designer.module.css';
import type { Resizable } from './useResizable';

interface Props {
  side: 'left' | 'right' | 'top';
  label: string;
  panel: Resizable;
}

/** The edge of a panel by which it is made larger or smaller. */
export function ResizeGrip({ side, label, panel }: Props) {
  return (
    <div
      className={classes.grip}
      data-side={side}
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={panel.vertical ? 'horizontal' : 'vertical'}
      aria-valuenow={panel.size}
      aria-valuemin={panel.min}
      aria-valuemax={panel.max}
      onPointerDown={panel.onPointerDown}
      onKeyDown={panel.onKeyDown}
      onDoubleClick={panel.reset}
    />
  );
}
