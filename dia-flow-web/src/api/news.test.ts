import { expect, test, vi } from 'vitest';
import { RunNews } from './news';

test('tells of runs that begin and end, and of nothing between', () => {
  const news = new RunNews();
  const listener = vi.fn();
  const stop = news.listen(listener);
  for (const status of ['queued', 'running', 'running', 'running'] as const)
    news.tell({ id: 'a', status });
  expect(listener).toHaveBeenCalledTimes(2);
  news.tell({ id: 'b', status: 'running' });
  news.tell({ id: 'a', status: 'succeeded' });
  expect(listener).toHaveBeenCalledTimes(4);
  news.missed();
  news.tell({ id: 'b', status: 'running' });
  expect(listener).toHaveBeenCalledTimes(6);
  stop();
  news.tell({ id: 'b', status: 'failed' });
  expect(listener).toHaveBeenCalledTimes(6);
});
