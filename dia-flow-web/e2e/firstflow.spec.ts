import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { showAll } from './setup/canvas';
import { expect, test } from './setup/fixtures';

/** What a slow machine may take to read the file for the first time. */
const patient = { timeout: 45_000 };

/** Drags from a node's output into empty space and takes a node from the list that opens there. */
async function goOn(page: Page, from: string, type: string, id: string): Promise<void> {
  await showAll(page);
  await page.getByTestId(`port-out-${from}-table`).hover();
  const box = await page.getByTestId(`port-out-${from}-table`).boundingBox();
  if (!box) throw new Error(`${from} has no output on the canvas`);
  await page.mouse.down();
  await page.mouse.move(box.x + 20, box.y + 50, { steps: 4 });
  await page.mouse.move(box.x + 30, box.y + 90, { steps: 4 });
  await page.mouse.up();
  await page.getByTestId('node-picker-search').fill(type);
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('node-id')).toHaveText(id);
}

// The first flow of the README: it must lead anybody to its end just as it stands there.
test('a first flow, with its rows in sight from the first file on', async ({ page, api }) => {
  test.setTimeout(180_000);
  await api.putFile(
    'data/birdstrikes.csv',
    await readFile(resolve('../examples/birdstrikes/data/birdstrikes.csv')),
  );
  const field = (path: string) => page.getByTestId(`field-with.${path}`);
  const grid = page.getByTestId('drawer').getByTestId('data-grid');

  await page.goto('/flows?action=new');
  await page.getByTestId('flow-title').fill('My first flow');
  await page.getByTestId('flow-create-confirm').click();
  await expect(page.getByText('Start your flow')).toBeVisible();

  await test.step('a file, found by its title, shows its rows once it is chosen', async () => {
    await page.keyboard.press('/');
    await page.keyboard.type('Read file');
    const first = page.getByTestId('palette').locator('[data-testid^="palette-item-"]').first();
    await expect(first).toHaveAttribute('data-testid', 'palette-item-file.read');
    await page.keyboard.press('Enter');
    await expect(page.getByTestId('node-id')).toHaveText('read');
    await field('path').click();
    await page.getByText('data/birdstrikes.csv').click();
    await expect(page.getByTestId('preview-bar')).toContainText('10,000 rows', patient);
    await expect(grid).toContainText('BARKSDALE');
  });

  await test.step('what few need is folded away', async () => {
    await expect(field('delimiter')).toHaveCount(0);
    await page.getByTestId('more-options').click();
    await expect(field('delimiter')).toBeVisible();
    await page.getByTestId('more-options').click();
    await expect(field('delimiter')).toHaveCount(0);
  });

  await test.step('a filter says what is to be filled in, then shows what it keeps', async () => {
    await goOn(page, 'read', 'Filter rows', 'filter');
    await expect(page.getByTestId('drawer')).toContainText('once it is filled in');
    await page
      .locator(
        '[data-testid="field-with.where"].cm-content, [data-testid="field-with.where"] .cm-content',
      )
      .click();
    await page.keyboard.insertText('"Cost Total $" > 0');
    await expect(page.getByTestId('preview-bar')).toContainText('209 rows', patient);
  });

  await test.step('columns are offered before any run', async () => {
    await goOn(page, 'filter', 'Aggregate', 'aggregate');
    await field('by').click();
    await page.getByRole('option', { name: 'Origin State' }).click();
    await page.keyboard.press('Escape');
    await field('values-add').click();
    await field('values[0].function').click();
    await page.getByRole('option', { name: 'sum', exact: true }).click();
    await field('values[0].column').click();
    await page.getByRole('option', { name: /^Cost Total \$/ }).click();
    await field('values[0].as').fill('cost');
    await expect(grid.getByTestId('column-cost')).toBeVisible(patient);
  });

  await test.step('a run shows the chart', async () => {
    await goOn(page, 'aggregate', 'Chart', 'chart');
    await field('x').click();
    await page.getByRole('option', { name: /^Origin State/ }).click();
    await field('y').click();
    await page.getByRole('option', { name: /^cost/ }).click();
    await page.keyboard.press('Escape');
    await expect(page.getByTestId('save-state')).toContainText('Saved');
    await page.getByTestId('run-button').click();
    await expect(page.getByTestId('node-status-chart')).toHaveAttribute(
      'data-status',
      /succeeded/,
      patient,
    );
    await expect(page.getByTestId('drawer').getByTestId('chart')).toBeVisible();
  });
});
