import { fireEvent, screen } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { json, show } from '@/test/render';
import { ConnectionModal } from './ConnectionModal';

vi.mock('@tanstack/react-router', async (actual) => ({
  ...(await actual<typeof import('@tanstack/react-router')>()),
  useNavigate: () => vi.fn(),
}));

const kind = {
  name: 'postgres',
  title: { en: 'PostgreSQL', zh: 'PostgreSQL' },
  summary: { en: 'A database', zh: '数据库' },
  schema: { type: 'object', properties: { host: { type: 'string', title: 'Host' } } },
};

afterEach(() => vi.unstubAllGlobals());

it('marks the field that a test has found wrong', async () => {
  const message = '"http://127.0.0.1" is not the name of a host, such as db.example.org.';
  vi.stubGlobal('fetch', async (input: Request) =>
    input.url.endsWith('/connections/test')
      ? json({ ok: false, message, field: 'config.host', at: '2026-03-01T08:00:00Z' })
      : json({ items: [kind] }),
  );
  show(<ConnectionModal opened onClose={() => {}} />);
  const host = await screen.findByTestId('connection-host');
  fireEvent.change(host, { target: { value: 'http://127.0.0.1' } });
  fireEvent.click(screen.getByTestId('connection-try'));
  expect(await screen.findByTestId('connection-test-result')).toHaveTextContent(message);
  expect(host).toBeInvalid();
  expect(host).toHaveAccessibleDescription(message);
  fireEvent.change(host, { target: { value: '127.0.0.1' } });
  expect(host).toBeValid();
});
