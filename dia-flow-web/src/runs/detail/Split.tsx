import { useLocalStorage } from '@mantine/hooks';
import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './detail.module.css';

interface SplitProps {
  top: ReactNode;
  bottom: ReactNode;
  open: boolean;
}

/** Two panes above each other with a bar between them that can be dragged or moved by arrow keys. */
export function Split({ top, bottom, open }: SplitProps) {
  const { t } = useTranslation('runs');
  const frame = useRef<HTMLDivElement>(null);
  const [share, setShare] = useLocalStorage({
    key: 'dataflow-run-split',
    defaultValue: 50,
    getInitialValueInEffect: false,
  });
  const set = (next: number) => setShare(Math.round(Math.min(85, Math.max(15, next))));

  const drag = (event: PointerEvent) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId) || !frame.current) return;
    const box = frame.current.getBoundingClientRect();
    set(((event.clientY - box.top) / box.height) * 100);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowUp: -5, ArrowDown: 5 }[event.key];
    if (!step) return;
    event.preventDefault();
    set(share + step);
  };

  return (
    <div
      ref={frame}
      className={classes.split}
      style={{
        gridTemplateRows: open ? `minmax(0, ${share}fr) 9px minmax(0, ${100 - share}fr)` : '1fr',
      }}
    >
      <div className={classes.pane}>{top}</div>
      {open && (
        <>
          <div
            className={classes.bar}
            role="separator"
            aria-orientation="horizontal"
            aria-label={t('detail.resize')}
            aria-valuenow={share}
            aria-valuemin={15}
            aria-valuemax={85}
            tabIndex={0}
            onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
            onPointerMove={drag}
            onKeyDown={onKeyDown}
          />
          <div className={classes.pane}>{bottom}</div>
        </>
      )}
    </div>
  );
}
