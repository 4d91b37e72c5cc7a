import { screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { json, show } from '@/test/render';
import { Browser } from './Browser';

/** A server with a connection of a kind and what lies below it. */
function server(kind: string, offers: string[], entries: unknown[] = []) {
  const fetch = vi.fn(async (input: RequestInfo) => {
    const { url } = input instanceof Request ? input : new Request(input);
    return json({ items: url.includes('/entries') ? entries : [{ name: kind, offers }], next: '' });
  });
  vi.stubGlobal('fetch', fetch);
  return fetch;
}

describe('Browser', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('says how a web service is read, which lists nothing', async () => {
    server('http', ['http']);
    show(<Browser name="api" kind="http" />);
    expect(await screen.findByText(/no list of tables.*Read from web service/)).toBeInTheDocument();
  });

  it('says nothing of the kind where there only happens to be nothing', async () => {
    server('postgres', ['sql']);
    show(<Browser name="shop" kind="postgres" />);
    expect(await screen.findByText('There is nothing to look through')).toBeInTheDocument();
    expect(screen.queryByText(/Read from web service/)).toBeNull();
  });
});
