import { api, body } from './client';
import type { System } from './types';

export function getSystem(signal?: AbortSignal): Promise<System> {
  return body(api.GET('/api/automation/v1/system', { signal }));
}
