import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { json, show } from '@/test/render';
import { LoginPage } from './LoginPage';

const submit = async () => {
  await userEvent.type(screen.getByLabelText('Name'), 'admin');
  await userEvent.type(screen.getByLabelText('Password', { selector: 'input' }), 'secret');
  await userEvent.click(screen.getByTestId('login-submit'));
};

describe('LoginPage', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('asks for what is missing before it asks the server', async () => {
    const fetch = vi.fn();
    vi.stubGlobal('fetch', fetch);
    show(<LoginPage onLogin={() => {}} />);
    await userEvent.click(screen.getByTestId('login-submit'));
    expect(screen.getByText('Enter your name.')).toBeInTheDocument();
    expect(fetch).not.toHaveBeenCalled();
  });

  it('lets in with the right password', async () => {
    vi.stubGlobal(
      'fetch',
      vi.fn().mockImplementation(async () => json({})),
    );
    const onLogin = vi.fn();
    show(<LoginPage onLogin={onLogin} />);
    await submit();
    await vi.waitFor(() => expect(onLogin).toHaveBeenCalled());
  });

  it('says that the password is wrong and forgets it', async () => {
    vi.stubGlobal(
      'fetch',
      vi.fn().mockImplementation(async () => json({ code: 'login_failed' }, 401)),
    );
    show(<LoginPage onLogin={() => {}} />);
    await submit();
    expect(await screen.findByText('Name or password is wrong.')).toBeInTheDocument();
    expect(screen.getByLabelText('Password', { selector: 'input' })).toHaveValue('');
  });

  it('counts down when there were too many attempts', async () => {
    vi.stubGlobal(
      'fetch',
      vi
        .fn()
        .mockImplementation(async () =>
          json({ code: 'too_many_attempts' }, 429, { 'Retry-After': '30' }),
        ),
    );
    show(<LoginPage onLogin={() => {}} />);
    await submit();
    expect(await screen.findByText(/Too many attempts/)).toBeInTheDocument();
    expect(screen.getByTestId('login-submit')).toBeDisabled();
  });
});
