import { openStream } from '@/api/stream';
import type { RunEvent } from '@/flow-core';
import { API } from './flows';

/** Follows a run until it has ended or the returned function is called. */
export function watchRun(runId: string, onEvent: (event: RunEvent) => void): () => void {
  const close = openStream<RunEvent>(`${API}/runs/${encodeURIComponent(runId)}/events`, {
    events: ['run', 'step', 'log'],
    onEvent: (event) => {
      onEvent(event);
      if (event.run?.ended_at) close();
    },
  });
  return close;
}
