import { expect, test } from './setup/fixtures';
import { flow } from './setup/flows';

const reading = (name: string, path: string) =>
  flow(name, 'Needs a file', [
    { id: 'first', type: 'value.set', with: { value: 7 } },
    { id: 'read', type: 'file.read', after: ['first'], with: { path } },
    { id: 'few', type: 'table.limit', in: { table: 'read' }, with: { rows: 1 } },
  ]);

test('what failed is retried, and what succeeded is taken over', async ({ page, api }) => {
  const created = await api.createFlow(reading('retry-failed', 'retry/needed.csv'));
  const run = await api.startRun(created.id);
  await api.reaches(run.id, 'failed');
  await api.putFile('retry/needed.csv', 'a,b\n1,2\n3,4\n');

  await page.goto(`/runs/${run.id}?tab=steps`);
  await page.getByTestId('run-retry-failed').click();
  await expect(page).not.toHaveURL(new RegExp(run.id));
  await expect(page.getByTestId('status').first()).toContainText('Succeeded');
  await page.getByTestId('run-tab-steps').click();
  const step = (id: string) => page.locator(`[data-testid=step-row][data-step=${id}]`);
  await expect(step('first').getByTestId('step-origin')).toHaveAttribute('data-origin', 'adopted');
  await expect(step('read').getByTestId('step-origin')).toHaveCount(0);
  await expect(step('few').getByTestId('step-rows')).toHaveText('1');
  // The two are linked.
  await page.getByTestId('retry-of').click();
  await expect(page).toHaveURL(new RegExp(run.id));
});

test('the designer runs to a node, from a node, and retries', async ({ page, api }) => {
  const created = await api.createFlow(reading('designer-retry', 'retry/designer.csv'));
  await page.goto(`/flows/${created.id}`);
  const status = (id: string) => page.getByTestId(`node-status-${id}`);
  const menu = async (item: string) => {
    await page.getByTestId('run-menu').click();
    await page.getByTestId(item).click();
  };

  await page.getByTestId('node-first').click();
  await menu('run-to');
  await expect(status('first')).toHaveAttribute('data-status', 'succeeded');
  await expect(status('few')).toHaveAttribute('data-status', 'skipped');

  await page.getByTestId('run-button').click();
  await expect(status('read')).toHaveAttribute('data-status', 'failed');
  await api.putFile('retry/designer.csv', 'a\n1\n2\n');
  await expect(page.getByTestId('run-button')).toBeVisible();
  await menu('run-retry');
  await expect(status('few')).toHaveAttribute('data-status', 'succeeded');
  await expect(page.getByTestId('node-origin-first')).toHaveAttribute('data-origin', 'adopted');

  await page.getByTestId('node-read').click();
  await menu('run-from');
  await expect(status('few')).toHaveAttribute('data-status', 'succeeded');
  await expect(page.getByTestId('node-origin-first')).toBeVisible();
  await expect(page.getByTestId('node-origin-read')).toHaveCount(0);
});

test('a run is paused and goes on', async ({ page, api }) => {
  const created = await api.createFlow(
    flow('paused', 'Paused', [
      { id: 'call', type: 'control.wait', with: { callback: true } },
      { id: 'after', type: 'value.set', after: ['call'], with: { value: 1 } },
    ]),
  );
  const run = await api.startRun(created.id);
  await api.stepReaches(run.id, 'call', 'waiting');
  await page.goto(`/runs/${run.id}`);
  await page.getByTestId('run-pause').click();
  await expect(page.getByTestId('status').first()).toContainText('Paused');
  await page.goto('/runs?paused=true');
  await expect(page.locator(`[data-testid=run-row][data-run="${run.id}"]`)).toBeVisible();
  await page.goto(`/runs/${run.id}`);
  await page.getByTestId('run-pause').click();
  await expect(page.getByTestId('status').first()).toContainText('Running');
  await page.getByTestId('run-cancel').click();
  await page.getByRole('button', { name: 'Cancel the run' }).click();
  await expect(page.getByTestId('status').first()).toContainText('Canceled');
});

test('many runs are retried and deleted at once', async ({ page, api }) => {
  const created = await api.createFlow(reading('bulk', 'never-there.csv'));
  const runs = [];
  for (let i = 0; i < 3; i++) runs.push(await api.startRun(created.id));
  for (const run of runs) await api.reaches(run.id, 'failed');

  await page.goto(`/runs?flow=${created.id}`);
  const rows = page.getByTestId('run-row');
  await expect(rows).toHaveCount(3);
  await page.getByTestId('select-all').check();
  await expect(page.getByTestId('bulk')).toContainText('3 runs chosen');
  await expect(page.getByTestId('bulk-cancel')).toBeDisabled();
  await page.getByTestId('bulk-retry').click();
  await page.getByTestId('bulk-confirm').click();
  await expect(rows).toHaveCount(6);
  await expect(page.locator('[data-testid=run-row][data-run-status=failed]')).toHaveCount(6);

  await page.getByTestId('select-all').check();
  await page.getByTestId('bulk-delete').click();
  await page.getByTestId('bulk-confirm').click();
  await expect(rows).toHaveCount(0);
});

test('a backfill over a range of dates is started and followed', async ({ page, api }) => {
  const created = await api.createFlow(
    flow(
      'backfilled',
      'Backfilled',
      [{ id: 'day', type: 'value.set', with: { value: '{{ params.day }}' } }],
      { params: { day: { type: 'date', title: 'Day', required: true } } },
    ),
  );
  await page.goto('/flows?q=backfilled');
  await page.locator('[data-flow=backfilled]').getByTestId('flow-menu').click();
  await page.getByTestId('flow-backfill').click();
  await page.getByTestId('backfill-from').fill('2026-01-01');
  await page.getByTestId('backfill-to').fill('2026-01-06');
  await expect(page.getByTestId('backfill-count')).toHaveText('6 runs');
  await page.getByTestId('backfill-parallel').fill('2');
  await page.getByTestId('backfill-start').click();
  const progress = page.getByTestId('backfill-progress');
  await expect(progress).toHaveAttribute('data-status', 'succeeded', { timeout: 30_000 });
  await expect(page.getByTestId('backfill-done')).toHaveText('6 / 6');
  await expect(progress).toContainText('day = 2026-01-06');
  await page.getByTestId('backfill-runs').click();
  await expect(page.getByTestId('run-row')).toHaveCount(6);
  await expect(page).toHaveURL(/backfill=/);
  await api.deleteFlow(created.id);
});
