import { screen, waitFor } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { json, show } from '@/test/render';
import { StandbyScreen } from './StandbyScreen';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('waits until the server has taken over', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  let ready = false;
  vi.stubGlobal('fetch', () => Promise.resolve(json({}, ready ? 200 : 503)));
  const onReady = vi.fn();
  show(<StandbyScreen message="process 7 runs the data folder" onReady={onReady} />);
  expect(screen.getByText('process 7 runs the data folder')).toBeInTheDocument();
  await vi.advanceTimersByTimeAsync(5000);
  expect(onReady).not.toHaveBeenCalled();
  ready = true;
  await vi.advanceTimersByTimeAsync(2000);
  await waitFor(() => expect(onReady).toHaveBeenCalled());
});
