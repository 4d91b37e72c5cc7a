import { fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { testDocument, testTypes } from '@/flow-core/fixtures';
import { json, show } from '@/test/render';
import { DesignerProvider } from '../state/context';
import type { DesignerController } from '../state/controller';
import { createDesignerStore } from '../state/store';
import { PublishDialog } from './PublishDialog';

function refusing(code: string): boolean[] {
  const forced: boolean[] = [];
  vi.stubGlobal('fetch', async (input: RequestInfo, init?: RequestInit) => {
    const body = await new Request(input, init).json();
    forced.push((body as { force: boolean }).force);
    if (forced.at(-1)) return json({ version: 1 }, 201);
    return json({ status: 422, code, detail: 'No.', errors: [{ message: 'no shop' }] }, 422);
  });
  const store = createDesignerStore(
    { id: 'f', name: 'f', draft: { revision: 1, document: testDocument(), yaml: '' } },
    { items: testTypes },
  );
  const controller = { store, autosave: { flush: async () => {} } };
  show(
    <DesignerProvider controller={controller as unknown as DesignerController}>
      <PublishDialog opened onClose={() => {}} />
    </DesignerProvider>,
  );
  fireEvent.click(screen.getByTestId('publish-confirm'));
  return forced;
}

describe('PublishDialog', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('offers to publish anyway what may still come into being', async () => {
    const forced = refusing('publish_needs_force');
    fireEvent.click(await screen.findByTestId('publish-force'));
    await waitFor(() => expect(forced).toEqual([false, true]));
    await waitFor(() => expect(screen.queryByTestId('publish-force')).toBeNull());
  });

  it('does not offer it for errors', async () => {
    refusing('flow_invalid');
    expect(await screen.findByText('no shop')).toBeInTheDocument();
    expect(screen.queryByTestId('publish-force')).toBeNull();
  });
});
