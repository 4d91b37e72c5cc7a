import { Notifications } from '@mantine/notifications';
import { fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Problem } from '@/flow-core';
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

const warning: Problem = {
  severity: 'warning',
  code: 'column_missing',
  message: 'There is no column "stok". Did you mean "stock"?',
  node: 'costly',
  field: 'with.where',
};

interface Given {
  problems?: Problem[];
  /** What saving the draft brings to light. */
  saving?: Problem[];
}

function dialog(answer: (asked: Asked) => Response, { problems = [], saving }: Given = {}) {
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
  store.setState({ problems });
  const conflict = vi.fn(async () => {});
  const onClose = vi.fn();
  const flush = async () => {
    if (saving) store.setState({ problems: saving });
  };
  const autosave = { flush, saved: 1, conflict };
  show(
    <DesignerProvider controller={{ store, autosave } as unknown as DesignerController}>
      <Notifications />
      <PublishDialog opened onClose={onClose} />
    </DesignerProvider>,
  );
  fireEvent.click(screen.getByTestId('publish-confirm'));
  return { asked, autosave, onClose, store };
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

  it('tells of warnings, with the way to them, and publishes all the same', async () => {
    const { asked, store, onClose } = dialog(() => json({ version: 1 }, 201), {
      problems: [warning],
    });
    const told = screen.getByTestId('publish-warnings');
    expect(told).toHaveTextContent('costly: There is no column "stok". Did you mean "stock"?');
    expect(screen.getByTestId('publish-confirm')).toHaveTextContent('Publish anyway');
    await waitFor(() => expect(asked).toHaveLength(1));
    fireEvent.click(screen.getByRole('button', { name: 'costly' }));
    expect(onClose).toHaveBeenCalled();
    expect(store.getState()).toMatchObject({
      selection: ['costly'],
      focusField: { node: 'costly', field: 'with.where' },
    });
  });

  it('does not publish before a warning is told that comes with the last change', async () => {
    const { asked } = dialog(() => json({ version: 1 }, 201), { saving: [warning] });
    await screen.findByTestId('publish-warnings');
    const anyway = await screen.findByRole('button', { name: 'Publish anyway' });
    expect(asked).toEqual([]);
    await waitFor(() => expect(anyway).toBeEnabled());
    fireEvent.click(anyway);
    await waitFor(() => expect(asked).toHaveLength(1));
  });

  it('says what is published where it covers nothing of the inspector', async () => {
    dialog(() => json({ version: 7 }, 201));
    const note = await screen.findByText('Version 7 is published.');
    expect(note.closest('[data-position]')).toHaveAttribute('data-position', 'bottom-center');
  });
});
