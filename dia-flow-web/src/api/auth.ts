import { api, body } from './client';
import type { components } from './schema';

type Schemas = components['schemas'];

/** Who is logged in. */
export type Principal = Schemas['Principal'];
export type Token = Schemas['Token'];
export type NewToken = Schemas['CreateTokenInputBody'];
/** The token itself is shown once; the server keeps only its hash. */
export type CreatedToken = Schemas['CreatedToken'];

export const getMe = (signal?: AbortSignal): Promise<Principal> =>
  body(api.GET('/api/auth/v1/me', { signal }));

export async function login(name: string, password: string): Promise<void> {
  await api.POST('/api/auth/v1/login', { body: { name, password } });
}

export async function logout(): Promise<void> {
  await api.POST('/api/auth/v1/logout');
}

export async function changePassword(current: string, next: string): Promise<void> {
  await api.POST('/api/auth/v1/password', { body: { current, next } });
}

export async function listTokens(signal?: AbortSignal): Promise<Token[]> {
  const page = await body(api.GET('/api/auth/v1/tokens', { signal }));
  return page.items;
}

export const createToken = (token: NewToken): Promise<CreatedToken> =>
  body(api.POST('/api/auth/v1/tokens', { body: token }));

export async function revokeToken(id: string): Promise<void> {
  await api.DELETE('/api/auth/v1/tokens/{id}', { params: { path: { id } } });
}
