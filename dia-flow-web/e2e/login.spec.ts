import { expect, test } from './setup/fixtures';
import { admin } from './setup/server';

test.describe('login', () => {
  test.use({ storageState: { cookies: [], origins: [] } });

  test('refuses a wrong password, then lets in and leads to where one wanted to go', async ({
    page,
  }) => {
    await page.goto('/files');
    await expect(page).toHaveURL(/\/login\?next=/);
    await page.getByLabel('Name').fill(admin.name);
    await page.getByLabel('Password', { exact: true }).fill('not the password');
    await page.getByTestId('login-submit').click();
    await expect(page.getByTestId('login-error')).toContainText('Name or password is wrong');

    await page.getByLabel('Password', { exact: true }).fill(admin.password);
    await page.getByTestId('login-submit').click();
    await expect(page).toHaveURL(/\/files$/);
    await expect(page.getByRole('heading', { level: 1, name: 'Files' })).toBeVisible();
  });

  test('logs out', async ({ page }) => {
    await page.goto('/login');
    await page.getByLabel('Name').fill(admin.name);
    await page.getByLabel('Password', { exact: true }).fill(admin.password);
    await page.getByLabel('Password', { exact: true }).press('Enter');
    await expect(page).toHaveURL(/\/flows$/);
    await page.getByTestId('user-menu').click();
    await page.getByTestId('logout').click();
    await expect(page).toHaveURL(/\/login/);
    await page.goto('/runs');
    await expect(page).toHaveURL(/\/login/);
  });
});
