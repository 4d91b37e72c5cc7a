import { useEffect, useRef, useState } from 'react';
import { runNews } from './news';
import { openStream } from './stream';
import type { RunEvent } from './types';

const names = ['run', 'step', 'log'] as const;

export type StreamState = 'connecting' | 'open' | 'lost';

interface Options {
  /** false closes the stream, for example when a run has ended. */
  enabled?: boolean;
  onEvent: (event: RunEvent) => void;
}

/**
 * Live changes of one run or of all runs. The stream rests while the page is hidden, since browsers allow few
 * connections to one server; when it opens again the server begins with the present state.
 */
export function useEvents(url: string, { enabled = true, onEvent }: Options): StreamState {
  const [state, setState] = useState<StreamState>('connecting');
  const handler = useRef(onEvent);
  useEffect(() => {
    handler.current = onEvent;
  });

  useEffect(() => {
    if (!enabled) return;
    let close: (() => void) | undefined;
    const start = () => {
      close ??= openStream<RunEvent>(url, {
        events: names,
        onEvent: (event) => {
          if (event.run) runNews.tell(event.run);
          handler.current(event);
        },
        onOpen: () => {
          runNews.missed();
          setState('open');
        },
        onLost: () => setState('lost'),
      });
    };
    const stop = () => {
      close?.();
      close = undefined;
    };
    const follow = () => (document.visibilityState === 'hidden' ? stop() : start());
    follow();
    document.addEventListener('visibilitychange', follow);
    return () => {
      document.removeEventListener('visibilitychange', follow);
      stop();
      setState('connecting');
    };
  }, [url, enabled]);

  return state;
}
