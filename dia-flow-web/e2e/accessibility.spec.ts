import { expect, smallFlow, test } from './setup/fixtures';

const themes = ['light', 'dark'] as const;

for (const theme of themes) {
  test(`axe finds nothing serious on any screen, ${theme}`, async ({
    page,
    api,
    expectAccessible,
  }) => {
    test.setTimeout(240_000); // a dozen screens, and axe reads every element of each
    await page.addInitScript((value) => {
      if (window.top === window) localStorage.setItem('dataflow-theme', value);
    }, theme);
    const flow = await api.createFlow(smallFlow(`axe-${theme}`, `Axe ${theme}`));
    const run = await api.startRun(flow.id);
    await api.putFile('axe.csv', 'a,b\n1,2\n');

    await page.goto('/flows');
    await expect(page.getByTestId('flow-row').first()).toBeVisible();
    await expectAccessible(page);

    await page.goto('/flows?action=new');
    await expect(page.getByTestId('flow-title')).toBeVisible();
    await expectAccessible(page);

    await page.goto('/runs');
    await expect(page.getByTestId('run-row').first()).toBeVisible();
    await expectAccessible(page);

    for (const tab of ['graph', 'timeline', 'steps', 'logs', 'input']) {
      await page.goto(`/runs/${run.id}?tab=${tab}&node=few`);
      await expect(page.getByTestId('data-grid')).toBeVisible();
      await expectAccessible(page);
    }

    await page.goto('/files');
    await expect(page.getByTestId('file-row').first()).toBeVisible();
    await expectAccessible(page);

    for (const tab of ['account', 'tokens', 'system']) {
      await page.goto(`/settings?tab=${tab}`);
      await expect(page.getByRole('tab', { selected: true })).toBeVisible();
      await expectAccessible(page);
    }

    await page.goto(`/flows/${flow.id}`);
    await expect(page.getByTestId('canvas')).toBeVisible();
    await expectAccessible(page);
    await api.deleteFlow(flow.id);
  });
}

test.describe('logged out', () => {
  test.use({ storageState: { cookies: [], origins: [] } });

  test('axe finds nothing serious on the login page', async ({ page, expectAccessible }) => {
    await page.goto('/login');
    await expect(page.getByTestId('login-submit')).toBeVisible();
    await expectAccessible(page);
  });
});
