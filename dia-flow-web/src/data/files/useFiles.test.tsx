import { ModalsProvider } from '@mantine/modals';
import { fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { uploadFile } from '@/api/files';
import { json, show } from '@/test/render';
import { useUploads } from './useFiles';

vi.mock('@/api/files', async (actual) => ({
  ...(await actual<typeof import('@/api/files')>()),
  uploadFile: vi.fn(),
}));

const stored = (name: string, size: number) => ({
  name,
  size,
  media_type: 'text/csv',
  modified_at: '2026-03-01T08:00:00Z',
});

function Uploading({ names }: { names: string[] }) {
  const { start } = useUploads();
  const chosen = names.map((name) => new File(['sku\n1\n'], name));
  return (
    <button type="button" onClick={() => void start(chosen)}>
      Upload
    </button>
  );
}

/** Chooses files for upload. */
function choose(...names: string[]) {
  show(
    <ModalsProvider>
      <Uploading names={names} />
    </ModalsProvider>,
  );
  fireEvent.click(screen.getByText('Upload'));
}

describe('an upload', () => {
  const put = vi.mocked(uploadFile);
  const sent = () => put.mock.calls.map(([name]) => name);

  beforeEach(() => {
    put.mockReset();
    put.mockImplementation(async (name) => stored(name, 6));
    vi.stubGlobal('fetch', async () =>
      json({ items: [stored('products.csv', 52_000), stored('orders.csv', 10)], next: '' }),
    );
  });
  afterEach(() => vi.unstubAllGlobals());

  it('asks for nothing where nothing is replaced', async () => {
    choose('new.csv');
    await waitFor(() => expect(sent()).toEqual(['new.csv']));
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('replaces a file only when that is wanted', async () => {
    choose('products.csv');
    const question = await screen.findByRole('dialog');
    expect(question).toHaveTextContent('Replace products.csv?');
    expect(question).toHaveTextContent(/50\.8 KiB of .*2026.* becomes 6 B of/);
    expect(sent()).toEqual([]);
    fireEvent.click(screen.getByTestId('file-replace-confirm'));
    await waitFor(() => expect(sent()).toEqual(['products.csv']));
  });

  it('asks once for several, and leaves all of them when one shall stay', async () => {
    choose('products.csv', 'orders.csv', 'new.csv');
    const question = await screen.findByRole('dialog');
    expect(question).toHaveTextContent('Replace 2 files?');
    expect(question).toHaveTextContent('orders.csv');
    expect(question).not.toHaveTextContent('new.csv');
    fireEvent.click(screen.getByText('Cancel'));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(sent()).toEqual([]);
  });
});
