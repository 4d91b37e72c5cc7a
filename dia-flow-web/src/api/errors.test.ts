import { describe, expect, it } from 'vitest';
import { json } from '@/test/render';
import { ApiError, errorFromResponse, toApiError } from './errors';

describe('ApiError', () => {
  it('reads a problem document with its places', async () => {
    const error = await errorFromResponse(
      json(
        {
          status: 422,
          code: 'flow_invalid',
          detail: 'The flow is not valid.',
          hint: 'Fix the fields.',
          errors: [
            { message: 'is missing', field: 'with.path', node: 'read' },
            { message: 'too short', field: 'with.path' },
          ],
          request_id: 'r1',
        },
        422,
      ),
    );
    expect(error).toMatchObject({
      code: 'flow_invalid',
      status: 422,
      message: 'The flow is not valid.',
      hint: 'Fix the fields.',
      requestId: 'r1',
    });
    expect(error.byField()).toEqual({ 'with.path': 'is missing too short' });
  });

  it('keeps the status when the body is no JSON', async () => {
    const error = await errorFromResponse(new Response('<html>', { status: 502 }));
    expect(error).toMatchObject({ status: 502, code: 'http_502' });
  });

  it('tells how long to wait', async () => {
    const error = await errorFromResponse(
      json({ code: 'too_many_attempts' }, 429, { 'Retry-After': '7' }),
    );
    expect(error.retryAfter).toBe(7);
  });

  it('calls a failed connection unreachable', () => {
    expect(toApiError(new TypeError('Failed to fetch')).unreachable).toBe(true);
    const own = new ApiError(404, {});
    expect(toApiError(own)).toBe(own);
  });
});
