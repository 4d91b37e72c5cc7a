import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { LogLine } from '@/api';
import { useFormat } from '@/lib/format';
import classes from './logs.module.css';

/** A line of a log; those of a build have neither time nor node. */
export type ShownLine = Pick<LogLine, 'seq' | 'level' | 'text'> &
  Partial<Pick<LogLine, 'time' | 'node_id'>>;

interface LogListProps {
  lines: readonly ShownLine[];
  follow: boolean;
  onFollow: (follow: boolean) => void;
  withNode: boolean;
}

const nearEnd = 40;

/** Draws only the lines in sight; scrolling up stops following the end, scrolling down to it starts again. */
export function LogList({ lines, follow, onFollow, withNode }: LogListProps) {
  const { t } = useTranslation('runs');
  const format = useFormat();
  const scroller = useRef<HTMLDivElement>(null);
  const lastTop = useRef(0);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 20,
    getItemKey: (index) => lines[index]?.seq ?? index,
    overscan: 20,
  });

  const count = lines.length;
  useEffect(() => {
    if (follow && count > 0) virtual.scrollToIndex(count - 1, { align: 'end' });
  }, [follow, count, virtual]);

  const onScroll = () => {
    const element = scroller.current;
    if (!element) return;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < nearEnd;
    const up = element.scrollTop < lastTop.current - 2;
    lastTop.current = element.scrollTop;
    if (up && !atEnd && follow) onFollow(false);
    if (atEnd && !follow && !up) onFollow(true);
  };

  return (
    <div
      ref={scroller}
      className={classes.list}
      role="log"
      aria-label={t('tab.logs')}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard
      tabIndex={0}
      onScroll={onScroll}
      data-testid="log-list"
    >
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map((item) => {
          const line = lines[item.index];
          if (!line) return null;
          return (
            <div
              key={item.key}
              ref={virtual.measureElement}
              data-index={item.index}
              data-level={line.level}
              className={classes.line}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              {line.time && (
                <time className={classes.time} dateTime={line.time}>
                  {format.exactTime(line.time)}
                </time>
              )}
              <span className={classes.level}>{line.level}</span>
              {withNode && <span className={classes.node}>{line.node_id}</span>}
              <span className={classes.text}>{line.text}</span>
            </div>
          );
        })}
      </div>
    </div>
  );
}
