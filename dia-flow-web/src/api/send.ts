import { send as request, withQuery } from './client';

export interface SendOptions {
  query?: Record<string, string | number | undefined>;
  /** Sent as JSON unless it is a text or a Blob. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** One request outside the generated client; a refusal is thrown as ApiError. */
export async function send<T>(method: string, path: string, options: SendOptions = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json', ...options.headers };
  let body: BodyInit | undefined;
  if (typeof options.body === 'string' || options.body instanceof Blob) {
    body = options.body;
  } else if (options.body !== undefined) {
    body = JSON.stringify(options.body);
    headers['Content-Type'] ??= 'application/json';
  }
  const response = await request(withQuery(path, options.query ?? {}), {
    method,
    headers,
    body,
    signal: options.signal,
  });
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}
