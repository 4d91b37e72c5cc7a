import type { Page } from '@playwright/test';
import { expect, test } from './setup/fixtures';
import type { World } from './setup/world';

interface Screen {
  name: string;
  path: (world: World) => string;
  /** What must be there before the screen is judged. */
  ready: string;
  /** What is opened on it first. */
  open?: (page: Page) => Promise<void>;
}

const screens: Screen[] = [
  { name: 'flows', path: () => '/flows', ready: 'flow-row' },
  { name: 'a new flow', path: () => '/flows?action=new', ready: 'flow-title' },
  {
    name: 'a backfill',
    path: (world) => `/flows?q=${world.name}`,
    ready: 'backfill-form',
    open: async (page) => {
      await page.getByTestId('flow-menu').first().click();
      await page.getByTestId('flow-backfill').click();
    },
  },
  { name: 'runs', path: () => '/runs', ready: 'run-row' },
  {
    name: 'chosen runs',
    path: () => '/runs',
    ready: 'bulk',
    open: (page) => page.getByTestId('select-run').first().check(),
  },
  ...['graph', 'timeline', 'steps', 'logs', 'input'].map((tab) => ({
    name: `the ${tab} of a run`,
    path: (world: World) => `/runs/${world.run}?tab=${tab}&node=few`,
    ready: 'data-grid',
  })),
  ...['graph', 'timeline', 'steps'].map((tab) => ({
    name: `the ${tab} of a run with containers`,
    path: (world: World) => `/runs/${world.nestedRun}?tab=${tab}&node=each[3]/guard/note`,
    ready: 'instance-each',
  })),
  {
    name: 'a failed run',
    path: (world) => `/runs/${world.failedRun}?node=read`,
    ready: 'step-panel',
  },
  {
    name: 'a run that waits for a decision',
    path: (world) => `/runs/${world.waitingRun}?node=ask`,
    ready: 'approval-form',
  },
  { name: 'approvals', path: () => '/approvals', ready: 'approval-form' },
  { name: 'files', path: () => '/files', ready: 'file-row' },
  { name: 'connections', path: () => '/connections', ready: 'connection-create' },
  {
    name: 'a new connection',
    path: () => '/connections',
    ready: 'connection-host',
    open: (page) => page.getByTestId('connection-create').first().click(),
  },
  ...['account', 'tokens', 'system'].map((tab) => ({
    name: `the settings of ${tab}`,
    path: () => `/settings?tab=${tab}`,
    ready: `settings-${tab}`,
  })),
  { name: 'the designer', path: (world) => `/flows/${world.flow}`, ready: 'node-few' },
  {
    name: 'containers in the designer',
    path: (world) => `/flows/${world.nestedFlow}`,
    ready: 'pin-bar',
    open: async (page) => {
      await page.getByTestId('node-double').click();
      await page.getByTestId('tab-errors').click();
    },
  },
  {
    name: 'the lineage of a column',
    path: (world) => `/flows/${world.flow}`,
    ready: 'lineage-from',
    open: async (page) => {
      await page.getByTestId('node-few').click();
      await page.getByTestId('drawer-tab-lineage').click();
      await page.getByTestId('lineage-column').first().click();
    },
  },
  {
    name: 'the lineage of a flow',
    path: (world) => `/flows/${world.flow}`,
    ready: 'lineage-left',
    open: async (page) => {
      await page.getByTestId('flow-menu').click();
      await page.getByTestId('flow-lineage').click();
      await page.getByTestId('lineage-right').first().focus();
    },
  },
  {
    name: "a flow's limits",
    path: (world) => `/flows/${world.flow}`,
    ready: 'field-retention.age',
    open: async (page) => {
      await page.getByTestId('flow-title').click();
      await page.getByTestId('tab-limits').click();
    },
  },
];

/** Changes the theme as another tab of the browser would. */
async function choose(page: Page, theme: 'light' | 'dark'): Promise<void> {
  await page.evaluate((newValue) => {
    const key = 'dataflow-theme';
    localStorage.setItem(key, newValue);
    window.dispatchEvent(new StorageEvent('storage', { key, newValue, storageArea: localStorage }));
  }, theme);
}

// One page for all of them, so that the scripts are fetched and compiled once; one test for each, so that none takes long
// even where the machine is busy.
test.describe('axe finds nothing serious in either theme', () => {
  let page: Page;

  test.beforeAll(async ({ browser }) => {
    const context = await browser.newContext({ reducedMotion: 'reduce' });
    page = await context.newPage();
  });

  test.afterAll(() => page.context().close());

  for (const screen of screens) {
    test(`on ${screen.name}`, async ({ world, expectAccessible }) => {
      await page.goto(screen.path(world));
      await screen.open?.(page);
      await expect(page.getByTestId(screen.ready).first()).toBeVisible();
      for (const theme of ['light', 'dark'] as const) {
        await choose(page, theme);
        await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', theme);
        await expectAccessible(page);
      }
    });
  }
});

test.describe('logged out', () => {
  test.use({ storageState: { cookies: [], origins: [] } });

  test('axe finds nothing serious on the login page', async ({ page, expectAccessible }) => {
    await page.goto('/login');
    await expect(page.getByTestId('login-submit')).toBeVisible();
    await expectAccessible(page);
  });
});
