/** What a stream needs of EventSource, so that tests can give their own. */
export interface Source {
  onopen: (() => void) | null;
  onerror: (() => void) | null;
  readonly readyState: number;
  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void;
  close(): void;
}

export interface StreamOptions<T> {
  /** Names of the events to listen for. */
  events: readonly string[];
  onEvent: (event: T, name: string) => void;
  /** Called when the stream (re)opens; the server then begins with the present state. */
  onOpen?: () => void;
  /** Called when the stream breaks; it is opened again by itself. */
  onLost?: () => void;
  open?: (url: string) => Source;
  firstDelay?: number;
  maxDelay?: number;
}

const CLOSED = 2;

/**
 * Keeps a stream of server-sent events open. The browser repeats a broken connection by itself and tells the server
 * the last event it saw; what the browser gives up on, such as an error status, is opened anew with growing delays.
 */
export function openStream<T>(url: string, options: StreamOptions<T>): () => void {
  const { firstDelay = 500, maxDelay = 15_000 } = options;
  const open = options.open ?? ((address) => new EventSource(address) as unknown as Source);
  let delay = firstDelay;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let source: Source | undefined;
  let stopped = false;

  const connect = () => {
    timer = undefined;
    const current = open(url);
    source = current;
    current.onopen = () => {
      delay = firstDelay;
      options.onOpen?.();
    };
    current.onerror = () => {
      if (stopped) return;
      options.onLost?.();
      if (current.readyState !== CLOSED) return;
      current.close();
      timer = setTimeout(connect, delay);
      delay = Math.min(delay * 2, maxDelay);
    };
    for (const name of options.events) {
      current.addEventListener(name, (message) => {
        if (stopped) return;
        const event = parse<T>(message.data);
        if (event !== undefined) options.onEvent(event, name);
      });
    }
  };

  connect();
  return () => {
    stopped = true;
    if (timer) clearTimeout(timer);
    source?.close();
  };
}

function parse<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined; // a broken line must not end the stream
  }
}
