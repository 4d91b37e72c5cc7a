import createClient from 'openapi-fetch';
import { errorFromResponse, toApiError } from './errors';
import type { paths } from './schema';

type Listener<T> = (event: T) => void;

interface Listeners {
  /** A session has ended, whichever request found out. */
  unauthorized?: Listener<void>;
  /** A request did or did not reach a server that works; standby says that it stands by for another one. */
  reached?: (reached: boolean, standby?: boolean) => void;
}

const listeners: Listeners = {};

export function listen(next: Listeners): void {
  Object.assign(listeners, next);
}

/** fetch that throws ApiError for whatever is not an answer, and tells the listeners. */
export async function send(request: Request | string, init?: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(request, { credentials: 'same-origin', ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    listeners.reached?.(false);
    throw toApiError(error);
  }
  // A development proxy or a load balancer answers these while the server is away.
  const reached = ![502, 503, 504].includes(response.status) || isProblem(response);
  if (response.ok) {
    listeners.reached?.(true);
    return response;
  }
  const error = await errorFromResponse(response);
  const standby = error.code === 'standby';
  listeners.reached?.(reached && !standby, standby);
  if (error.status === 401) listeners.unauthorized?.();
  throw error;
}

function isProblem(response: Response): boolean {
  return (response.headers.get('Content-Type') ?? '').includes('json');
}

/** The generated client: paths, parameters and bodies are checked against the server's own description. */
export const api = createClient<paths>({
  baseUrl: '',
  fetch: (request) => send(request),
});

/** The body of an answer; send has already thrown what is not one. */
export async function body<T>(answer: Promise<{ data?: T }>): Promise<T> {
  const { data } = await answer;
  return data as T;
}

type Query = Record<string, string | number | undefined>;

export function withQuery(path: string, query: Query): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') search.set(key, String(value));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

/** GET of a path whose parameters are not part of the generated types. */
export async function getJSON<T>(
  path: string,
  query: Query = {},
  signal?: AbortSignal,
): Promise<T> {
  const response = await send(withQuery(path, query), {
    headers: { Accept: 'application/json' },
    signal,
  });
  return (await response.json()) as T;
}
