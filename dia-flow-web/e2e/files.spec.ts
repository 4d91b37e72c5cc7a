import { expect, test } from './setup/fixtures';

test('a file is uploaded, previewed and deleted', async ({ page }) => {
  await page.goto('/files');
  const chooser = page.waitForEvent('filechooser');
  await page.getByTestId('file-upload').first().click();
  await (await chooser).setFiles({
    name: 'people.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from('name,age\nAda,36\nAlan,41\n'),
  });
  const row = page.locator('[data-testid=file-row][data-file="people.csv"]');
  await expect(row).toContainText('24 B');
  await row.getByRole('button', { name: 'people.csv' }).first().click();
  await expect(page.getByRole('dialog')).toContainText('Ada,36');
  await page.keyboard.press('Escape');
  await row.getByTestId('file-menu').click();
  await page.getByTestId('file-delete').click();
  await page.getByTestId('file-delete-confirm').click();
  await expect(row).toHaveCount(0);
});
