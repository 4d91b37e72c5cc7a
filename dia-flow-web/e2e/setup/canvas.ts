import { expect, type Page } from '@playwright/test';

/** Waits until the canvas has stopped moving. */
export async function still(page: Page): Promise<void> {
  const viewport = page.locator('.react-flow__viewport');
  let last = '';
  await expect
    .poll(async () => {
      const now = (await viewport.getAttribute('style')) ?? '';
      const still = now === last;
      last = now;
      return still;
    })
    .toBe(true);
}

/** Brings the whole flow into sight. */
export async function showAll(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Fit' }).first().click();
  await still(page);
}
