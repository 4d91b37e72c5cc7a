import { fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { json, show } from '@/test/render';
import { CommandPalette } from './CommandPalette';

const navigate = vi.hoisted(() => vi.fn());
vi.mock('@tanstack/react-router', async (actual) => ({
  ...(await actual<typeof import('@tanstack/react-router')>()),
  useNavigate: () => navigate,
}));

const flows = [
  { id: '1', name: 'orders', title: 'Orders' },
  { id: '2', name: 'news', title: 'News' },
];

/** Opens the palette on a server that finds flows by their titles. */
function open() {
  vi.stubGlobal('fetch', async (input: Request | string) => {
    const url = new URL(input instanceof Request ? input.url : input, 'http://localhost');
    const q = (url.searchParams.get('q') ?? '').toLowerCase();
    const found = url.pathname.endsWith('/flows')
      ? flows.filter((flow) => flow.title.toLowerCase().startsWith(q))
      : [];
    return json(
      url.pathname.endsWith('/me') ? { permissions: ['flow.write'] } : { items: found, next: '' },
    );
  });
  show(<CommandPalette opened onClose={() => {}} />);
}

const typed = async (text: string) =>
  fireEvent.change(await screen.findByTestId('palette-input'), { target: { value: text } });
const press = (code: string) => fireEvent.keyDown(screen.getByTestId('palette-input'), { code });

describe('the command palette', () => {
  beforeEach(() => navigate.mockReset());
  afterEach(() => vi.unstubAllGlobals());

  it('takes the only result by Enter', async () => {
    open();
    await screen.findByTestId('command-flow-orders');
    await typed('new flow');
    await waitFor(() => expect(screen.queryByTestId('command-flow-orders')).toBeNull());
    press('Enter');
    expect(navigate).toHaveBeenCalledWith({ to: '/flows', search: { action: 'new' } });
  });

  it('chooses the first of the results that came, unless another was gone to', async () => {
    open();
    await typed('new');
    await waitFor(() => expect(screen.queryByTestId('command-flow-orders')).toBeNull());
    await waitFor(() =>
      expect(screen.getByTestId('command-flow-news')).toHaveAttribute('data-selected'),
    );
    press('ArrowDown');
    press('Enter');
    expect(navigate).toHaveBeenCalledWith({ to: '/flows', search: { action: 'new' } });
  });
});
