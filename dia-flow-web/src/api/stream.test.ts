import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openStream, type Source } from './stream';

class FakeSource implements Source {
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  readyState = 0;
  closed = false;
  listeners = new Map<string, (event: MessageEvent<string>) => void>();
  addEventListener(type: string, listener: (event: MessageEvent<string>) => void) {
    this.listeners.set(type, listener);
  }
  close() {
    this.closed = true;
  }
  emit(type: string, data: string) {
    this.listeners.get(type)?.({ data } as MessageEvent<string>);
  }
  fail(readyState: number) {
    this.readyState = readyState;
    this.onerror?.();
  }
}

describe('openStream', () => {
  const sources: FakeSource[] = [];
  const events: unknown[] = [];
  const open = () => {
    const source = new FakeSource();
    sources.push(source);
    return source;
  };
  const start = () =>
    openStream<{ n: number }>('/events', {
      events: ['run'],
      onEvent: (event) => events.push(event),
      open,
      firstDelay: 100,
      maxDelay: 400,
    });

  beforeEach(() => {
    vi.useFakeTimers();
    sources.length = 0;
    events.length = 0;
  });
  afterEach(() => vi.useRealTimers());

  it('passes events on and survives a broken line', () => {
    start();
    sources[0]?.emit('run', '{"n":1}');
    sources[0]?.emit('run', '{broken');
    sources[0]?.emit('run', '{"n":2}');
    expect(events).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('leaves a connection that the browser repeats alone', () => {
    start();
    sources[0]?.fail(0);
    vi.advanceTimersByTime(5000);
    expect(sources).toHaveLength(1);
  });

  it('opens a closed stream again with growing delays', () => {
    start();
    const waits = [100, 200, 400, 400];
    for (const [index, wait] of waits.entries()) {
      sources[index]?.fail(2);
      vi.advanceTimersByTime(wait - 1);
      expect(sources).toHaveLength(index + 1);
      vi.advanceTimersByTime(1);
      expect(sources).toHaveLength(index + 2);
    }
    sources.at(-1)?.onopen?.();
    sources.at(-1)?.fail(2);
    vi.advanceTimersByTime(100);
    expect(sources).toHaveLength(waits.length + 2);
  });

  it('stops for good', () => {
    const stop = start();
    sources[0]?.fail(2);
    stop();
    vi.advanceTimersByTime(5000);
    expect(sources).toHaveLength(1);
    expect(sources[0]?.closed).toBe(true);
  });
});
