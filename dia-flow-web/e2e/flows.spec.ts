import { expect, test } from './setup/fixtures';
import { smallFlow } from './setup/flows';

test('a flow is created, found, duplicated, exported and deleted', async ({ page }) => {
  await page.goto('/flows');
  await page.getByTestId('flow-create').first().click();
  await page.getByTestId('flow-title').fill('Über Flüsse & Bäche');
  await expect(page.getByTestId('flow-name')).toHaveValue('uber-flusse-bache');
  await page.getByTestId('flow-create-confirm').click();
  await expect(page).toHaveURL(/\/flows\/[a-z0-9]+$/);

  await page.goto('/flows');
  const row = page.locator('[data-testid=flow-row][data-flow=uber-flusse-bache]');
  await expect(row).toContainText('Über Flüsse & Bäche');
  await expect(row).toContainText('Never run');

  await row.getByTestId('flow-menu').click();
  await page.getByTestId('flow-duplicate').click();
  await page.getByTestId('flow-name').fill('fluss-zwei');
  await page.getByTestId('flow-duplicate-confirm').click();
  const copy = page.locator('[data-testid=flow-row][data-flow=fluss-zwei]');
  await expect(copy).toBeVisible();

  await page.getByTestId('flow-search').fill('fluss-zwei');
  await expect(row).toHaveCount(0);
  await expect(copy).toBeVisible();

  await copy.getByTestId('flow-menu').click();
  const download = page.waitForEvent('download');
  await page.getByTestId('flow-export').click();
  expect((await download).suggestedFilename()).toBe('fluss-zwei.yaml');

  await copy.getByTestId('flow-menu').click();
  await page.getByTestId('flow-delete').click();
  await page.getByTestId('flow-delete-confirm').click();
  await expect(copy).toHaveCount(0);
});

test('a name that is taken is refused at its field', async ({ page, api }) => {
  const flow = await api.createFlow(smallFlow('taken-name', 'Taken'));
  await page.goto('/flows?action=new');
  await page.getByTestId('flow-title').fill('Taken name');
  await page.getByTestId('flow-create-confirm').click();
  const name = page.getByTestId('flow-name');
  await expect(name).toHaveAttribute('aria-invalid', 'true');
  await api.deleteFlow(flow.id);
});

test('a YAML text that is no flow is refused with its line', async ({ page }) => {
  await page.goto('/flows?action=import');
  await page
    .getByTestId('import-text')
    .fill('apiVersion: dataflow/v1\nkind: Flow\nmetadata: {name: a\n');
  await page.getByTestId('import-confirm').click();
  await expect(page.getByTestId('problem')).toContainText(/line \d/i);
});
