import { expect, test } from './setup/fixtures';
import { startPostgres } from './setup/postgres';

const rows = ['n,word', '1,one', '2,two', '3,three', '4,'].join('\n');

test('a table node shows its rows before any run, and a handed on table after one', async ({
  page,
  api,
}) => {
  await api.putFile('preview.csv', `${rows}\n`);
  const filter = (id: string, from: string, where: string) => ({
    id,
    type: 'table.filter',
    in: { table: from },
    with: { where },
  });
  const flow = await api.createFlow({
    apiVersion: 'dataflow/v1',
    kind: 'Flow',
    metadata: { name: `preview-${Date.now()}`, title: 'Preview' },
    spec: {
      nodes: [
        { id: 'read', type: 'file.read', with: { path: 'preview.csv' } },
        filter('some', 'read', 'n > 1'),
        filter('most', 'some', 'n > 2'),
      ],
    },
  });
  const drawer = page.getByTestId('drawer');
  const condition = page
    .locator(
      '[data-testid="field-with.where"].cm-content, [data-testid="field-with.where"] .cm-content',
    )
    .first();

  await test.step('rows as the form stands', async () => {
    await page.goto(`/flows/${flow.id}`);
    await page.getByTestId('node-some').click();
    await expect(drawer.getByTestId('preview-bar')).toContainText('3 rows');
    // Once it was closed it stays so until it is asked for.
    await page.getByTestId('drawer-close').click();
    await page.getByTestId('show-preview').click();
    await expect(drawer.getByTestId('preview-bar')).toContainText('3 rows');
    await expect(drawer.getByTestId('data-grid')).toContainText('two');
  });

  await test.step('they follow the form, and say what is wrong with it', async () => {
    await condition.click();
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText('nn > 3');
    await expect(drawer).toContainText('nn');
    await expect(drawer).toContainText('No preview as the settings stand');
    await condition.click();
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText('n > 3');
    await expect(drawer.getByTestId('preview-bar')).toContainText('1 row');
  });

  await test.step('a run that nobody watches hands the table on, and it can be looked at', async () => {
    await expect(page.getByTestId('save-state')).toContainText('Saved');
    const run = await api.startRun(flow.id);
    await api.reaches(run.id, 'succeeded');
    await page.goto(`/runs/${run.id}`);
    await page.getByTestId('run-tab-steps').click();
    await page.locator('[data-testid=step-row][data-step=some]').click();
    await expect(page.getByTestId('deferred')).toBeVisible();
    await expect(page.getByTestId('grid-total')).toContainText('1 row');
  });
});

test('the first objects of a storage tell the columns before any run', async ({ page, api }) => {
  const folder = `looked-${Date.now()}`;
  for (const [i, name] of ['a', 'b', 'c', 'd'].entries()) {
    await api.putFile(`${folder}/day=2026-12-0${i + 1}/${name}.csv`, `id,amount\n${i},${i}.5\n`);
  }
  await api.createConnection(folder, 'folder', { folder });
  const flow = await api.createFlow({
    apiVersion: 'dataflow/v1',
    kind: 'Flow',
    metadata: { name: folder, title: 'Looked' },
    spec: {
      nodes: [
        { id: 'read', type: 'storage.read', with: { connection: folder, match: '*.csv' } },
        {
          id: 'some',
          type: 'table.filter',
          in: { table: 'read' },
          with: { where: 'amount > 1' },
        },
      ],
    },
  });
  const drawer = page.getByTestId('drawer');
  await page.goto(`/flows/${flow.id}`);
  for (const [node, rows] of [
    ['read', '3 rows'],
    ['some', '2 rows'],
  ] as const) {
    await page.getByTestId(`node-${node}`).click();
    await expect(drawer.getByTestId('preview-looked')).toHaveText('read: 3 of 4 objects');
    await expect(drawer.getByTestId('preview-bar')).toContainText(rows);
    await expect(drawer.getByTestId('preview-sampled')).toHaveCount(0);
    await expect(drawer.getByTestId('data-grid')).toContainText('amount');
    await expect(drawer.getByTestId('data-grid')).toContainText('day');
  }
});

test('the first rows of a database tell the columns before any run', async ({ page, api }) => {
  const database = await startPostgres();
  try {
    database.sql(
      'CREATE TABLE orders (id int PRIMARY KEY, amount numeric(10,2)); INSERT INTO orders SELECT i, i / 2.0 FROM generate_series(1, 1500) AS i',
    );
    const name = `rows-${Date.now()}`;
    await api.createConnection(name, 'postgres', {
      host: '127.0.0.1',
      port: database.port,
      database: 'postgres',
      user: 'dataflow',
      password: database.password,
      tls: 'off',
    });
    const flow = await api.createFlow({
      apiVersion: 'dataflow/v1',
      kind: 'Flow',
      metadata: { name, title: 'Looked' },
      spec: {
        nodes: [
          { id: 'read', type: 'sql.read', with: { connection: name, table: 'orders' } },
          {
            id: 'some',
            type: 'table.filter',
            in: { table: 'read' },
            with: { where: 'amount > 499' },
          },
        ],
      },
    });
    const drawer = page.getByTestId('drawer');
    await page.goto(`/flows/${flow.id}`);
    for (const node of ['read', 'some']) {
      await page.getByTestId(`node-${node}`).click();
      await expect(drawer.getByTestId('preview-looked')).toContainText(
        `read: first 1,000 rows of orders · ${name}, read `,
      );
      await expect(drawer.getByTestId('data-grid')).toContainText('amount');
    }
    await expect(drawer.getByTestId('preview-bar')).toContainText('the first 2 rows');
  } finally {
    await database.stop();
  }
});
