import AxeBuilder from '@axe-core/playwright';
import { test as base, expect, type Page } from '@playwright/test';
import { Api } from './api';
import { authState } from './server';
import { makeWorld, type World } from './world';

interface Fixtures {
  api: Api;
  /** Fails when axe finds anything serious on the page. */
  expectAccessible: (page: Page) => Promise<void>;
  /** Errors that the page wrote to its console or threw. */
  pageErrors: string[];
}

interface WorkerFixtures {
  /** Flows and runs of every kind, made once for all tests that only look. */
  world: World;
}

/** Colours on their way from one theme to the other are not those that people read by. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const ending = document
      .getAnimations()
      .filter((animation) => Number.isFinite(animation.effect?.getComputedTiming().endTime));
    await Promise.allSettled(ending.map((animation) => animation.finished));
  });
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  world: [
    async ({ playwright }, use, worker) => {
      const request = await playwright.request.newContext({
        baseURL: process.env.E2E_URL,
        storageState: authState,
      });
      await use(await makeWorld(new Api(request), worker.workerIndex));
      await request.dispose();
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from the pattern
  baseURL: async ({}, use) => {
    await use(process.env.E2E_URL);
  },
  api: async ({ request }, use) => {
    await use(new Api(request));
  },
  // biome-ignore lint/correctness/noEmptyPattern: as above
  expectAccessible: async ({}, use) => {
    await use(async (page) => {
      await settled(page);
      const { violations } = await new AxeBuilder({ page })
        .options({ resultTypes: ['violations'] })
        .analyze();
      const serious = violations
        .filter((violation) => violation.impact === 'serious' || violation.impact === 'critical')
        .map((violation) => ({
          rule: violation.id,
          help: violation.help,
          nodes: violation.nodes.slice(0, 4).map((node) => node.html.slice(0, 240)),
        }));
      expect(serious).toEqual([]);
    });
  },
  pageErrors: [
    async ({ page }, use) => {
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      await use(errors);
      expect(errors).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };
