import { expect, test } from './setup/fixtures';

const base = '/api/coderunner/v1/environments';

test.describe('environments', () => {
  test.afterEach(async ({ request }) => {
    await request.delete(`${base}/e2e-reports?force=true`);
  });

  test('are created, built with a live log, changed and rolled back', async ({ page, api }) => {
    const built = { timeout: 30_000 };
    await page.goto('/environments');
    await expect(page.getByTestId('environment-row').first()).toContainText('default');
    await page.getByTestId('environment-create').click();
    await page.getByTestId('environment-name').fill('E2E');
    await page.getByTestId('environment-create-confirm').click();
    await expect(page.getByText('Give it a name of small letters')).toBeVisible();
    await page.getByTestId('environment-name').fill('e2e-reports');
    await page.getByTestId('environment-title').fill('Reports of the test');
    await page.getByTestId('environment-requirements').fill('greet==2.0');
    await page.getByTestId('environment-create-confirm').click();

    // The log comes while it is built, and ends with the outcome.
    await expect(page.getByTestId('log-list')).toContainText('Finding the exact packages', built);
    await expect(page.getByTestId('log-list')).toContainText('Ready: 1 package,', built);
    await expect(page.getByTestId('environment-version')).toHaveText('version 1');
    await page.getByRole('tab', { name: 'Packages' }).click();
    await expect(page.getByTestId('locked-package')).toContainText('greet2.0');

    // A bad line is refused at its place, and a build that fails changes nothing.
    const editor = page.getByTestId('requirements');
    await editor.click();
    await page.keyboard.press('ControlOrMeta+End');
    await page.keyboard.type('\nnot a package');
    await page.getByTestId('environment-build').click();
    await expect(page.getByTestId('problem')).toContainText('line 2');
    await editor.click();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('greet==3.0');
    await page.getByTestId('environment-build').click();
    await expect(page.getByTestId('problem')).toContainText('Version 1 stays in use', built);

    await page.getByRole('tab', { name: 'Packages' }).click();
    await editor.click();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('greet==1.0');
    await page.getByTestId('environment-build').click();
    await expect(page.getByTestId('environment-version')).toHaveText('version 3', built);
    await page.getByTestId('tab-versions').click();
    const first = page.locator('[data-testid=version-row][data-version="1"]');
    await expect(page.getByTestId('version-row')).toHaveCount(3);
    await first.getByTestId('rollback').click();
    await page.getByTestId('rollback-confirm').click();
    await expect(first.getByTestId('version-in-use')).toBeVisible();
    await expect(page.getByTestId('environment-newer')).toContainText('Version 3 is newer');

    // What is not saved is not lost by a click.
    await page.getByRole('tab', { name: 'Packages' }).click();
    await editor.click();
    await page.keyboard.press('ControlOrMeta+End');
    await page.keyboard.type('\n# not saved');
    const away = page.getByRole('main').getByRole('link', { name: 'Environments', exact: true });
    await away.click();
    await page.getByTestId('unsaved-stay').click();
    await expect(editor).toContainText('# not saved');
    await away.click();
    await page.getByTestId('unsaved-leave').click();
    await expect(page).toHaveURL(/\/environments$/);
    await page.goto('/environments/e2e-reports');

    const flow = await api.createFlow({
      apiVersion: 'dataflow/v1',
      kind: 'Flow',
      metadata: { name: 'e2e-names-it' },
      spec: {
        nodes: [{ id: 'work', type: 'python', with: { code, environment: 'e2e-reports@1' } }],
      },
    });
    await page.getByTestId('tab-settings').click();
    await page.getByTestId('environment-delete').click();
    await page.getByTestId('environment-delete-confirm').click();
    // Flows that name it are told, and it goes all the same only when that is wanted.
    await expect(page.getByTestId('environment-flows')).toContainText('e2e-names-it');
    await page.getByTestId('environment-delete-force').click();
    await api.deleteFlow(flow.id);
    await expect(page).toHaveURL(/\/environments$/);
    await expect(page.locator('[data-name=e2e-reports]')).toHaveCount(0);
  });

  test('can be looked at by assistive technology', async ({ page, expectAccessible }) => {
    await page.goto('/environments');
    await expect(page.getByTestId('environment-row').first()).toBeVisible();
    await expectAccessible(page);
    await page.goto('/environments/default');
    await expect(page.getByTestId('locked-package').first()).toBeVisible();
    await expectAccessible(page);
    await page.goto('/environments/default?tab=settings');
    await expect(page.getByTestId('settings-egress')).toBeVisible();
    await expectAccessible(page);
  });
});

const code = `def main(orders: "table", least: float = 10, note: str = "none"):
    print("looking at", len(orders), "orders")
    chosen = orders[orders.amount > least]
    chosen["note"] = note
    return chosen
`;

test('a Python node is tested with samples, in an environment, with a live log', async ({
  page,
  api,
  expectAccessible,
}) => {
  const flow = await api.createFlow({
    apiVersion: 'dataflow/v1',
    kind: 'Flow',
    metadata: { name: 'e2e-python-test' },
    spec: { nodes: [{ id: 'work', type: 'python', with: { code } }] },
  });
  try {
    await page.goto(`/flows/${flow.id}`);
    await page.locator('.react-flow__node').first().click();
    // The parameters have fields of their own, typed as main() says.
    const least = page.getByTestId('field-with.args.least');
    await least.fill('50');
    await expect(page.getByTestId('field-with.args.note')).toHaveAttribute('placeholder', 'none');
    await page.getByTestId('field-with.environment').fill('default');
    await expect(page.getByRole('listbox')).toContainText('The default environment');
    await page.getByTestId('field-with.environment').fill('nobody');
    await expect(page.getByText('There is no environment nobody.')).toBeVisible();
    await page.getByTestId('field-with.environment').fill('');

    await page.getByTestId('python-test').click();
    const sample = page.getByTestId('sample-orders-json');
    await sample.click();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.insertText('[{"amount": 20}, {"amount": 70}, {"amount": 90}]');
    await expect(page.getByTestId('sample-least')).toContainText('50');
    await page.getByTestId('python-test-run').click();
    await expect(page.getByTestId('log-list')).toContainText('looking at 3 orders');
    await expect(page.getByTestId('python-test-result')).toContainText('amount');
    await expect(page.getByTestId('python-test-result')).toContainText('90');
    await expect(page.getByTestId('python-test-result')).not.toContainText('20');
    await expect(page.getByTestId('python-test-usage')).toContainText('memory');
    await expectAccessible(page);

    await sample.click();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.insertText('[{"price": 20}]');
    await page.getByTestId('python-test-run').click();
    await expect(page.getByTestId('problem')).toContainText('Line 3');
  } finally {
    await api.deleteFlow(flow.id);
  }
});
