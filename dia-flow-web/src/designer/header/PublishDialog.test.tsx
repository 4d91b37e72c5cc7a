import { fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { testDocument, testTypes } from '@/flow-core/fixtures';
import { json, show } from '@/test/render';
import { DesignerProvider } from '../state/context';
import type { DesignerController } from '../state/controller';
import { createDesignerStore } from '../state/store';
import { PublishDialog } from './PublishDialog';

interface Asked {
  force: boolean;
  revision: number;
}

function dialog(answer: (asked: Asked) => Response) {
  const asked: Asked[] = [];
  vi.stubGlobal('fetch', async (input: RequestInfo, init?: RequestInit) => {
    const body = (await new Request(input, init).json()) as Asked;
    asked.push({ force: body.force, revision: body.revision });
    return answer(body);
  });
  const store = createDesignerStore(
    { id: 'f', name: 'f', draft: { revision: 1, document: testDocument(), yaml: '' } },
    { items: testTypes },
  );
  const conflict = vi.fn(async () => {});
  const onClose = vi.fn();
  const autosave = { flush: async () => {}, saved: 1, conflict };
  show(
    <DesignerProvider controller={{ store, autosave } as unknown as DesignerController}>
      <PublishDialog opened onClose={onClose} />
    </DesignerProvider>,
  );
  fireEvent.click(screen.getByTestId('publish-confirm'));
  return { asked, autosave, onClose };
}

const refusal = (code: string, status = 422, message = 'no shop') =>
  json({ status, code, detail: 'No.', errors: [{ message }] }, status);

describe('PublishDialog', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('offers to publish anyway what may still come into being', async () => {
    const { asked } = dialog(({ force }) =>
      force ? json({ version: 1 }, 201) : refusal('publish_needs_force'),
    );
    fireEvent.click(await screen.findByTestId('publish-force'));
    await waitFor(() =>
      expect(asked).toEqual([
        { force: false, revision: 1 },
        { force: true, revision: 1 },
      ]),
    );
    await waitFor(() => expect(screen.queryByTestId('publish-force')).toBeNull());
  });

  it('does not offer it for errors', async () => {
    dialog(() => refusal('flow_invalid'));
    expect(await screen.findByText('no shop')).toBeInTheDocument();
    expect(screen.queryByTestId('publish-force')).toBeNull();
  });

  it('forces only what was shown', async () => {
    const { asked, autosave } = dialog(({ revision, force }) =>
      force
        ? json({ version: 1 }, 201)
        : refusal('publish_needs_force', 422, revision === 1 ? 'no shop' : 'no mill'),
    );
    const anyway = await screen.findByTestId('publish-force');
    autosave.saved = 2;
    fireEvent.click(anyway);
    expect(await screen.findByText('no mill')).toBeInTheDocument();
    fireEvent.click(screen.getByTestId('publish-force'));
    await waitFor(() =>
      expect(asked.slice(1)).toEqual([
        { force: false, revision: 2 },
        { force: true, revision: 2 },
      ]),
    );
  });

  it('asks which draft it is to be when somebody else has saved another', async () => {
    const { autosave, onClose } = dialog(() => refusal('draft_conflict', 409));
    await waitFor(() => expect(autosave.conflict).toHaveBeenCalled());
    expect(onClose).toHaveBeenCalled();
  });
});
