import { isFinal, type Run } from './types';

type Known = Pick<Run, 'id' | 'status'>;

/** Who wants to know that runs begin or end, told from whatever streams of events the page has open. */
export class RunNews {
  private readonly listeners = new Set<() => void>();
  private readonly known = new Map<string, Run['status']>();

  /** A run as an event has it. Listeners are told when it has changed its status. */
  tell(run: Known): void {
    if (this.known.get(run.id) === run.status) return;
    if (isFinal(run.status)) this.known.delete(run.id);
    else this.known.set(run.id, run.status);
    this.changed();
  }

  /** A stream has opened anew: what happened meanwhile is not told. */
  missed(): void {
    this.known.clear();
    this.changed();
  }

  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}

export const runNews = new RunNews();
