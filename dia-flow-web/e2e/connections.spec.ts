import { expect, test } from './setup/fixtures';
import { flow } from './setup/flows';
import { type Postgres, startPostgres } from './setup/postgres';

test.describe('connections', () => {
  let database: Postgres;
  const made: string[] = [];

  test.beforeAll(async () => {
    database = await startPostgres();
    database.sql(
      "CREATE TABLE orders (id int PRIMARY KEY, customer text); INSERT INTO orders VALUES (1, 'Ada'), (2, '😀'); CREATE TABLE bare (id int)",
    );
  });
  test.afterAll(() => database.stop());
  test.afterEach(async ({ request, api }) => {
    for (const id of made.splice(0)) await api.deleteFlow(id);
    await request.delete('/api/automation/v1/connections/e2e-shop?force=true');
  });

  test('are made, tried, looked through, used and deleted', async ({
    page,
    api,
    expectAccessible,
  }) => {
    await page.goto('/connections');
    await page.getByTestId('connection-create').first().click();
    await page.getByTestId('connection-name').fill('E2E shop');
    await page.getByTestId('connection-save').click();
    await expect(page.getByText('Give it a name of small letters')).toBeVisible();
    await page.getByTestId('connection-name').fill('e2e-shop');
    await page.getByTestId('connection-save').click();
    await expect(page.getByTestId('problem')).toBeVisible();

    await page.getByTestId('connection-host').fill('127.0.0.1');
    await page.getByTestId('connection-port').fill(String(database.port));
    await page.getByTestId('connection-database').fill('postgres');
    await page.getByTestId('connection-user').fill('dataflow');
    await page.getByTestId('connection-password').fill('not the password');
    await page.getByTestId('connection-try').click();
    const result = page.getByTestId('connection-test-result');
    await expect(result).toContainText('offers no TLS');
    await page.getByTestId('connection-tls').click();
    await page.getByRole('option', { name: 'off' }).click();
    await page.getByTestId('connection-try').click();
    await expect(result).toContainText('refuses the user');
    await page.getByTestId('connection-password').fill(database.password);
    await page.getByTestId('connection-try').click();
    await expect(result).toContainText('The connection works');
    await expectAccessible(page);
    await page.getByTestId('connection-save').click();

    // Looked through, with the first rows of a table.
    await expect(page).toHaveURL(/\/connections\/e2e-shop$/);
    const tree = page.getByTestId('connection-tree');
    await tree.locator('[data-name=orders]').click();
    await expect(page.getByTestId('sample-rows')).toContainText('😀');
    await expect(tree.getByTestId('entry-column')).toHaveCount(2);
    await tree.locator('[data-name=bare]').click();
    await expect(page.getByText('The table has no rows')).toBeVisible();
    await page.getByTestId('connection-test').click();
    await expect(result).toContainText('PostgreSQL');
    await expectAccessible(page);

    // A change keeps the password without ever having shown it.
    await page.getByTestId('connection-edit').click();
    await expect(page.getByTestId('connection-password')).toHaveValue('');
    await page.getByTestId('connection-title').fill('The shop');
    await page.getByTestId('connection-description').fill('Orders of the shop');
    await page.getByTestId('connection-save').click();
    await expect(page.getByRole('heading', { level: 1 })).toContainText('The shop');
    await page.getByTestId('connection-edit').click();
    await expect(page.getByTestId('connection-description')).toHaveValue('Orders of the shop');
    await page.keyboard.press('Escape');
    await expect(result).toContainText('The connection works');
    await expect(result).toContainText('Tested');

    // What is reached in another way has not been tested so.
    await page.getByTestId('connection-edit').click();
    await page.getByTestId('more-options').click();
    await page.getByTestId('connection-max_connections').fill('3');
    await page.getByTestId('connection-save').click();
    await expect(result).toContainText('Not tested as it is now');
    await expect(page.getByTestId('connection-state')).toHaveText('Changed since');
    await expectAccessible(page);
    await page.getByTestId('connection-test').click();
    await expect(result).toContainText('The connection works');

    const { id } = await api.createFlow(
      flow('e2e-copy', 'Copies the shop', [
        { id: 'read', type: 'sql.read', with: { connection: 'e2e-shop', table: 'orders' } },
        {
          id: 'write',
          type: 'sql.write',
          in: { table: 'read' },
          with: { connection: 'e2e-shop', table: 'copied', mode: 'replace' },
        },
      ]),
    );
    made.push(id);
    const run = await api.startRun(id);
    await api.reaches(run.id, 'succeeded');
    expect(database.sql('SELECT string_agg(customer, $$ $$ ORDER BY id) FROM copied')).toBe(
      'Ada 😀',
    );

    // The inspector offers the connection by its name.
    await page.goto(`/flows/${id}`);
    await page.getByTestId('node-read').click();
    await expect(page.getByTestId('field-with.connection')).toHaveValue('e2e-shop');

    // So it does what the connection has: its tables, and the columns of the one that is chosen.
    await page.getByTestId('field-with.table').click();
    await expect(page.getByRole('option', { name: 'orders' })).toBeVisible();
    await page.keyboard.press('Escape');
    await page.getByTestId('field-with.columns').click();
    await page.getByRole('option', { name: /^customer/ }).click();
    await expect(page.getByTestId('save-state')).toContainText('Saved');
    const read = await (await page.request.get(`/api/automation/v1/flows/${id}`)).json();
    expect(JSON.stringify(read)).toContain('"columns":["customer"]');

    await page.goto('/connections');
    await expect(page.locator('[data-name=e2e-shop]')).toContainText('Works');
    await expectAccessible(page);
    await page.getByRole('link', { name: 'e2e-shop' }).click();
    await page.getByTestId('connection-delete').click();
    await expect(page.getByTestId('connection-uses')).toContainText(
      'Copies the shop (read, write)',
    );
    await page.getByTestId('connection-delete-confirm').click();
    await expect(page).toHaveURL(/\/connections$/);
    // Other tests have connections of their own.
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Connections');
    await expect(page.locator('[data-name=e2e-shop]')).toHaveCount(0);
    await expectAccessible(page);
  });

  test('say what is wrong where the system does not answer', async ({ page, request }) => {
    const port = 1; // where nothing listens
    const response = await request.post('/api/automation/v1/connections', {
      data: {
        name: 'e2e-shop',
        kind: 'mysql',
        config: { host: '127.0.0.1', port, database: 'x', user: 'x' },
      },
    });
    expect(response.status(), await response.text()).toBe(201);
    await page.goto('/connections/e2e-shop');
    await expect(page.getByTestId('problem')).toContainText('Nothing listens');
    await page.getByTestId('connection-test').click();
    await expect(page.getByTestId('connection-test-result')).toContainText('Check host and port');
    // It is said once.
    await expect(page.getByTestId('problem')).toHaveCount(0);

    // The server speaks English; the page says it in the language that is chosen.
    await page.evaluate(() => localStorage.setItem('dataflow-language', 'zh'));
    await page.reload();
    const result = page.getByTestId('connection-test-result');
    await expect(result).toContainText('127.0.0.1 的端口 1 上没有服务在监听。');
    await expect(result).toContainText('请检查主机和端口');
  });
});
