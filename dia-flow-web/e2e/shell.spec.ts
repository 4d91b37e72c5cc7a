import { expect, test } from './setup/fixtures';
import { approvalFlow } from './setup/flows';

test('theme and language change at once and stay after a reload', async ({ page }) => {
  await page.goto('/flows');
  await page.getByTestId('user-menu').click();
  await page.getByTestId('theme-dark').click();
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
  await page.getByTestId('user-menu').click();
  await page.getByTestId('language-zh').click();
  await expect(page.getByRole('heading', { level: 1, name: '流程' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');

  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name: '流程' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
});

test('the number of runs beside the navigation follows the events of the page', async ({
  page,
  api,
}) => {
  const flow = await api.createFlow(approvalFlow('counted-runs', 'Counted', 'Go on?'));
  await page.goto('/flows');
  await expect(page.getByTestId('flow-create').first()).toBeVisible();
  // Sooner than it is asked for without any event.
  const counted = page.waitForResponse(/\/runs\/counts/, { timeout: 10_000 });
  await api.startRun(flow.id);
  await counted;
  await expect(page.getByTestId('nav-count-runs')).toBeVisible();
});

test('the command palette goes anywhere by keyboard', async ({ page }) => {
  await page.goto('/flows');
  await expect(page.getByRole('heading', { level: 1, name: 'Flows' })).toBeVisible();
  await page.keyboard.press('Control+k');
  const input = page.getByTestId('palette-input');
  await expect(input).toBeFocused();
  await input.fill('runs');
  await expect(page.getByTestId('command-go-runs')).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/runs$/);
});

test('an unknown address says so and leads back', async ({ page }) => {
  await page.goto('/nowhere');
  await expect(page.getByText('Nothing here')).toBeVisible();
  await page.getByRole('link', { name: 'Go to the flows' }).click();
  await expect(page).toHaveURL(/\/flows$/);
});

test('a token is shown once, works, and can be revoked', async ({ page, playwright, baseURL }) => {
  await page.goto('/settings?tab=tokens');
  await page.getByTestId('token-create').first().click();
  await page.getByTestId('token-name').fill('nightly');
  await page.getByTestId('token-confirm').click();
  const token = (await page.getByTestId('token-value').textContent()) ?? '';
  expect(token).toMatch(/^dft_/);
  await page.getByTestId('token-done').click();
  await expect(page.getByText(token)).toHaveCount(0);

  const machine = await playwright.request.newContext({
    baseURL,
    storageState: { cookies: [], origins: [] },
    extraHTTPHeaders: { Authorization: `Bearer ${token}` },
  });
  expect((await machine.get('/api/automation/v1/flows')).status()).toBe(200);

  await page
    .getByTestId('token-row')
    .filter({ hasText: 'nightly' })
    .getByTestId('token-revoke')
    .click();
  await page.getByRole('button', { name: 'Revoke', exact: true }).click();
  await expect(page.getByTestId('token-row').filter({ hasText: 'nightly' })).toHaveCount(0);
  expect((await machine.get('/api/automation/v1/flows')).status()).toBe(401);
  await machine.dispose();
});
