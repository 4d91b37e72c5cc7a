import { Switch, Text } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isAtOrWithin, stepPath } from '@/flow-core';
import { useDesigner } from '../state/context';
import classes from './drawer.module.css';

/** Log lines of the selected node, or of the whole run; it follows the end while one stays there. */
export function LogsTab({ nodeId }: { nodeId: string | undefined }) {
  const { t, i18n } = useTranslation('designer');
  const logs = useDesigner((s) => s.logs);
  const [all, setAll] = useState(false);
  const path = useDesigner((s) =>
    nodeId ? stepPath(s.history.document, nodeId, s.instances) : undefined,
  );
  const only = all ? undefined : path;
  const lines = useMemo(
    () => (only ? logs.filter((line) => isAtOrWithin(line.node_id, only)) : logs),
    [logs, only],
  );
  const parent = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => parent.current,
    estimateSize: () => 20,
    overscan: 30,
  });
  useEffect(() => {
    if (atEnd.current && lines.length > 0) rows.scrollToIndex(lines.length - 1);
  }, [lines.length, rows]);
  const time = useMemo(
    () =>
      new Intl.DateTimeFormat(i18n.language === 'zh' ? 'zh-CN' : 'en-GB', {
        hour: '2-digit',
        minute: '2-digit',
        second: '2-digit',
        fractionalSecondDigits: 3,
      }),
    [i18n.language],
  );
  return (
    <div className={classes.data}>
      {nodeId && (
        <div className={classes.chooser}>
          <Switch
            size="xs"
            label={t('logs.all')}
            checked={all}
            onChange={(event) => setAll(event.currentTarget.checked)}
          />
        </div>
      )}
      {lines.length === 0 ? (
        <div className={classes.nothing}>
          <Text fz="sm" c="var(--app-muted)">
            {t('logs.none')}
          </Text>
        </div>
      ) : (
        <div
          ref={parent}
          className={classes.logs}
          role="log"
          aria-label={t('drawer.logs')}
          data-testid="logs"
          onScroll={(event) => {
            const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
            atEnd.current = scrollHeight - scrollTop - clientHeight < 24;
          }}
        >
          <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
            {rows.getVirtualItems().map((row) => {
              const line = lines[row.index];
              if (!line) return null;
              return (
                <div
                  key={row.key}
                  ref={rows.measureElement}
                  data-index={row.index}
                  data-level={line.level}
                  className={classes.log}
                  style={{ transform: `translateY(${row.start}px)` }}
                >
                  <time>{time.format(new Date(line.time))}</time>
                  {line.node_id !== only && <b>{line.node_id}</b>}
                  <span>{line.text}</span>
                </div>
              );
            })}
          </div>
        </div>
      )}
    </div>
  );
}
