import { expect, test } from './setup/fixtures';
import { smallFlow } from './setup/flows';

test('a run appears by itself, and its detail shows steps, rows, timeline and logs', async ({
  page,
  api,
}) => {
  const flow = await api.createFlow(smallFlow('live-run', 'Live run'));
  await page.goto(`/runs?flow=${flow.id}`);
  await expect(page.getByTestId('live')).toHaveAttribute('data-on', 'true');

  const run = await api.startRun(flow.id);
  const row = page.locator(`[data-testid=run-row][data-run="${run.id}"]`);
  await expect(row).toHaveAttribute('data-run-status', 'succeeded');
  await expect(page.getByTestId('status-succeeded')).toContainText('1');

  await row.getByRole('link').first().click();
  await expect(page).toHaveURL(new RegExp(`/runs/${run.id}`));
  await expect(page.getByTestId('run-canvas').getByTestId('run-node')).toHaveCount(2);
  await page.getByTestId('run-tab-steps').click();
  const step = page.locator('[data-testid=step-row][data-step=few]');
  await expect(step).toHaveAttribute('data-step-status', 'succeeded');
  await expect(step.getByTestId('step-rows')).toHaveText('25');

  await step.click();
  const panel = page.getByTestId('step-panel');
  await expect(panel.getByTestId('grid-total')).toContainText('25 rows');
  await panel.getByTestId('column-n').click();
  await page.getByTestId('sort-desc').click();
  await expect(panel.getByRole('gridcell').first()).toHaveText('24');
  await panel.getByTestId('column-n').click();
  await expect(page.getByTestId('column-profile')).toBeVisible();
  await page.getByTestId('filter-value').fill('3');
  await page.getByTestId('filter-apply').click();
  await expect(panel.getByTestId('grid-total')).toContainText('1 row ');

  await page.getByTestId('run-tab-timeline').click();
  await expect(page.getByTestId('timeline').getByRole('button')).toHaveCount(2);

  await page.getByTestId('run-again').click();
  await expect(page).not.toHaveURL(new RegExp(run.id));
  await expect(page.getByTestId('status').first()).toContainText('Succeeded');
});

test('a failed run names the step and the reason', async ({ page, api }) => {
  const document = smallFlow('failing-run', 'Failing run');
  const flow = await api.createFlow({
    ...document,
    spec: {
      nodes: [
        {
          id: 'read',
          type: 'file.read',
          title: 'Read nothing',
          with: { path: 'no-such-file.csv' },
        },
      ],
    },
  });
  const run = await api.startRun(flow.id);
  await page.goto(`/runs/${run.id}`);
  await expect(page.getByTestId('problem').first()).toContainText('no-such-file.csv');
  await page.getByRole('button', { name: 'Show the step' }).click();
  await expect(page.getByTestId('step-panel')).toContainText('no-such-file.csv');
});

test('the graph of a large run begins at what failed, with titles that can be read', async ({
  page,
  api,
}) => {
  const nodes = Array.from({ length: 26 }, (_, i) => ({
    id: `n${i}`,
    type: i === 0 ? 'value.set' : 'table.filter',
    ...(i > 0 ? { in: { table: `n${i - 1}` } } : {}),
    with: i === 0 ? { value: [{ n: 1 }] } : { where: i === 20 ? 'nn > 0' : 'n > 0' },
  }));
  const flow = await api.createFlow({
    ...smallFlow('large-run', 'Large run'),
    spec: { nodes },
  });
  const run = await api.startRun(flow.id);
  await api.reaches(run.id, 'failed');
  await page.goto(`/runs/${run.id}`);
  const canvas = page.getByTestId('run-canvas');
  const failed = canvas.locator('[data-id=n20] [data-testid=run-node]');
  await expect(failed).toBeInViewport({ ratio: 0.99 });
  const width = async () => (await failed.boundingBox())?.width ?? 0;
  expect(await width()).toBeGreaterThan(0.7 * 224);
  await expect(canvas.locator('.react-flow__minimap-node')).toHaveCount(26);

  // All of it can be seen, too.
  await canvas.getByRole('button', { name: 'Show all' }).click();
  await expect(canvas.locator('[data-id=n0] [data-testid=run-node]')).toBeInViewport({
    ratio: 0.99,
  });
  await expect(canvas.locator('[data-id=n25] [data-testid=run-node]')).toBeInViewport({
    ratio: 0.99,
  });
});
