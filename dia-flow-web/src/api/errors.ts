import { said, saidHint } from '@/lib/problems';
import type { components } from './schema';

type ErrorDetail = components['schemas']['Detail'];

/** An RFC 9457 problem document; a proxy in between may leave out what the server would say. */
export type ProblemDocument = Partial<components['schemas']['Problem']>;

/** What a refused or failed request becomes everywhere in the web. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: ErrorDetail[];
  readonly requestId?: string;
  /** Seconds after which trying again makes sense, when the server said so. */
  readonly retryAfter?: number;
  readonly #problem: ProblemDocument;

  constructor(status: number, problem: ProblemDocument, retryAfter?: number) {
    super();
    this.name = 'ApiError';
    this.#problem = problem;
    this.status = status;
    this.code = problem.code ?? (status === 0 ? 'unreachable' : `http_${status}`);
    this.details = problem.errors ?? [];
    this.requestId = problem.request_id;
    this.retryAfter = retryAfter;
  }

  /** In the language of the moment. */
  override get message(): string {
    const { detail, title, form, args, labels } = this.#problem;
    return said({ message: detail || title || `HTTP ${this.status}`, form, args, labels });
  }

  get hint(): string | undefined {
    return saidHint(this.#problem);
  }

  /** Messages by field path, for forms; a problem without a field is under "". */
  byField(): Record<string, string> {
    const fields: Record<string, string> = {};
    for (const detail of this.details) {
      const key = detail.field ?? '';
      const message = said(detail);
      fields[key] = fields[key] ? `${fields[key]} ${message}` : message;
    }
    return fields;
  }

  /** The server was not reached at all. */
  get unreachable(): boolean {
    return this.status === 0;
  }
}

export function isApiError(error: unknown): error is ApiError {
  return error instanceof ApiError;
}

/** Reads the problem out of a response that is not ok. */
export async function errorFromResponse(response: Response): Promise<ApiError> {
  const after = Number(response.headers.get('Retry-After'));
  const retryAfter = Number.isFinite(after) && after > 0 ? after : undefined;
  let problem: ProblemDocument = { title: response.statusText };
  try {
    const body: unknown = await response.json();
    if (body && typeof body === 'object') problem = body as ProblemDocument;
  } catch {
    // A proxy in between may answer with a page; the status then has to do.
  }
  return new ApiError(response.status, problem, retryAfter);
}

export function toApiError(error: unknown): ApiError {
  if (isApiError(error)) return error;
  if (error instanceof TypeError)
    return new ApiError(0, { code: 'unreachable', detail: error.message });
  return new ApiError(0, {
    code: 'client',
    detail: error instanceof Error ? error.message : String(error),
  });
}
