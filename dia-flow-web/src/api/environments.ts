import { api, body, send } from './client';
import { ApiError, type ProblemDocument } from './errors';
import type { components } from './schema';
import type { Failure, Value } from './types';

type Schemas = components['schemas'];

export type Environment = Schemas['Environment'];
export type EnvironmentVersion = Schemas['EnvironmentVersion'];
export type EnvironmentStatus = EnvironmentVersion['status'];
export type PythonPackage = Schemas['PythonPackage'];
export type PythonBase = Schemas['PythonBase'];
export type PythonPolicy = Schemas['PythonPolicy'];
export type Wheel = Schemas['Wheel'];
export type EnvironmentDraft = Pick<
  Environment,
  'title' | 'description' | 'requirements' | 'egress' | 'source'
>;

/** The environment that every tenant has. */
export const DEFAULT_ENVIRONMENT = 'default';

/** One line of a build's log. */
export interface BuildLine {
  seq: number;
  level: 'debug' | 'info' | 'warn' | 'error';
  text: string;
}

const base = '/api/coderunner/v1';

export async function listEnvironments(signal?: AbortSignal): Promise<Environment[]> {
  return (await body(api.GET(`${base}/environments`, { signal }))).items;
}

export const getEnvironment = (name: string, signal?: AbortSignal): Promise<Environment> =>
  body(api.GET(`${base}/environments/{name}`, { params: { path: { name } }, signal }));

export const getBase = (signal?: AbortSignal): Promise<PythonBase> =>
  body(api.GET(`${base}/base`, { signal }));

export const getPythonPolicy = (signal?: AbortSignal): Promise<PythonPolicy> =>
  body(api.GET(`${base}/policy`, { signal }));

export const setPythonPolicy = (policy: PythonPolicy['policy']): Promise<PythonPolicy> =>
  body(api.PUT(`${base}/policy`, { body: { policy } }));

export const createEnvironment = (name: string, draft: Partial<EnvironmentDraft>) =>
  body(api.POST(`${base}/environments`, { body: { name, ...draft } }));

export const saveEnvironment = (name: string, revision: number, draft: EnvironmentDraft) =>
  body(
    api.PUT(`${base}/environments/{name}`, {
      params: { path: { name } },
      body: { revision, ...draft },
    }),
  );

export async function deleteEnvironment(name: string, force = false): Promise<void> {
  await api.DELETE(`${base}/environments/{name}`, { params: { path: { name }, query: { force } } });
}

export const buildEnvironment = (name: string): Promise<EnvironmentVersion> =>
  body(api.POST(`${base}/environments/{name}/builds`, { params: { path: { name } } }));

export const rollbackEnvironment = (name: string, version: number): Promise<Environment> =>
  body(
    api.POST(`${base}/environments/{name}/rollback`, {
      params: { path: { name } },
      body: { version },
    }),
  );

export async function listEnvironmentVersions(
  name: string,
  signal?: AbortSignal,
): Promise<EnvironmentVersion[]> {
  const list = await body(
    api.GET(`${base}/environments/{name}/versions`, { params: { path: { name } }, signal }),
  );
  return list.items;
}

export const getEnvironmentVersion = (name: string, version: number, signal?: AbortSignal) =>
  body(
    api.GET(`${base}/environments/{name}/versions/{version}`, {
      params: { path: { name, version } },
      signal,
    }),
  );

export async function cancelBuild(name: string, version: number): Promise<void> {
  await api.POST(`${base}/environments/{name}/versions/{version}/cancel`, {
    params: { path: { name, version } },
  });
}

export const buildEventsUrl = (name: string, version: number): string =>
  `${base}/environments/${encodeURIComponent(name)}/versions/${version}/events`;

export async function listWheels(signal?: AbortSignal): Promise<Wheel[]> {
  return (await body(api.GET(`${base}/wheels`, { signal }))).items;
}

export async function uploadWheel(file: File): Promise<Wheel> {
  const path = `${base}/wheels/${encodeURIComponent(file.name)}`;
  return (await (await send(path, { method: 'PUT', body: file })).json()) as Wheel;
}

export async function deleteWheel(name: string): Promise<void> {
  await api.DELETE(`${base}/wheels/{name}`, { params: { path: { name } } });
}

export type ExecutionRequest = Schemas['Execution'];
export type ExecutionEvent = Omit<Schemas['ExecutionEvent'], 'outputs' | 'error'> & {
  outputs?: Record<string, Value>;
  error?: Failure;
};

/** Runs code once and tells each event as it comes; ending the signal ends the code. */
export async function executePython(
  request: ExecutionRequest,
  onEvent: (event: ExecutionEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const response = await send(`${base}/executions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(request),
    signal,
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
    const lines = (rest + (value ?? '')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line) onEvent(JSON.parse(line) as ExecutionEvent);
    }
    if (done) break;
  }
  if (rest) throw new ApiError(0, { code: 'unreachable' } as ProblemDocument);
}
