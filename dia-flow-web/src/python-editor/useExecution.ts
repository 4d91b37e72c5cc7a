import { useCallback, useEffect, useRef, useState } from 'react';
import { type ExecutionEvent, type ExecutionRequest, executePython } from '@/api';
import type { ShownLine } from '@/runs/detail/LogList';

export interface Execution {
  running: boolean;
  lines: ShownLine[];
  /** The last event: a result or an error. */
  end?: ExecutionEvent;
  /** Why nothing ran. */
  problem?: unknown;
}

const idle: Execution = { running: false, lines: [] };

/** One execution at a time, with its log as it comes. */
export function useExecution() {
  const [execution, setExecution] = useState<Execution>(idle);
  const controller = useRef<AbortController>(undefined);
  useEffect(() => () => controller.current?.abort(), []);

  const stop = useCallback(() => controller.current?.abort(), []);

  const start = useCallback(async (prepare: () => Promise<ExecutionRequest>) => {
    controller.current?.abort();
    const own = new AbortController();
    controller.current = own;
    const mine = (change: (now: Execution) => Execution) => {
      if (controller.current === own) setExecution(change);
    };
    setExecution({ ...idle, running: true });
    let waiting: ShownLine[] = [];
    let seq = 0;
    let frame = 0;
    const show = () => {
      frame = 0;
      const more = waiting;
      waiting = [];
      mine((now) => ({ ...now, lines: [...now.lines, ...more] }));
    };
    try {
      const request = await prepare();
      await executePython(
        request,
        (event) => {
          if (event.event === 'log') {
            seq++;
            waiting.push({
              seq,
              level: (event.level ?? 'info') as ShownLine['level'],
              text: event.text ?? '',
            });
            frame ||= requestAnimationFrame(show);
          } else {
            mine((now) => ({ ...now, end: event }));
          }
        },
        own.signal,
      );
    } catch (problem) {
      if (!own.signal.aborted) mine((now) => ({ ...now, problem }));
    } finally {
      cancelAnimationFrame(frame);
      show();
      mine((now) => ({ ...now, running: false }));
    }
  }, []);

  return { execution, start, stop };
}
