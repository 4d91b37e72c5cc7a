import { expect, test } from './setup/fixtures';

const orders = ['id,customer,amount', '1,Ada,12', '2,Bob,3', '3,Ada,4'].join('\n');

test('the lineage of a column is lit on the canvas, and that of the flow is a graph', async ({
  page,
  api,
  expectAccessible,
}) => {
  await api.putFile('lineage/orders.csv', `${orders}\n`);
  const table = (id: string, type: string, from: string, config: object) => ({
    id,
    type: `table.${type}`,
    in: { table: from },
    with: config,
  });
  const flow = await api.createFlow({
    apiVersion: 'dataflow/v1',
    kind: 'Flow',
    metadata: { name: `lineage-${Date.now()}`, title: 'Lineage' },
    spec: {
      nodes: [
        { id: 'orders', type: 'file.read', with: { path: 'lineage/orders.csv' } },
        table('large', 'filter', 'orders', { where: 'amount > 3' }),
        table('sums', 'aggregate', 'large', {
          by: ['customer'],
          values: [{ function: 'sum', column: 'amount', as: 'total' }],
        }),
        table('ids', 'select', 'orders', { columns: [{ name: 'id' }] }),
        { id: 'out', type: 'file.write', in: { table: 'sums' }, with: { path: 'lineage/out.csv' } },
      ],
      layout: {
        orders: [0, 80],
        large: [300, 0],
        ids: [300, 180],
        sums: [600, 0],
        out: [900, 0],
      },
    },
  });
  const column = (name: string) => page.getByTestId('lineage-column').filter({ hasText: name });

  await test.step('a column lights what takes part in it', async () => {
    await page.goto(`/flows/${flow.id}`);
    await page.getByTestId('node-sums').click();
    await page.getByTestId('drawer-tab-lineage').click();
    await column('total').click();
    const from = page.getByTestId('lineage-from');
    await expect(from).toContainText('lineage/orders.csv');
    await expect(from.getByRole('row').filter({ hasText: 'amount' })).toContainText('summed up');
    await expect(from.getByRole('row').filter({ hasText: 'amount' })).toContainText('filters');
    await expect(from.getByRole('row').filter({ hasText: 'customer' })).toContainText('groups');
    await expect(page.getByTestId('lineage-into')).toContainText('lineage/out.csv');
    await expect(page.getByTestId('node-ids')).toHaveAttribute('data-dim');
    for (const id of ['orders', 'large', 'sums', 'out']) {
      await expect(page.getByTestId(`node-${id}`)).not.toHaveAttribute('data-dim');
    }
    await expectAccessible(page);
  });

  await test.step('by the keyboard too, and nothing stays lit', async () => {
    await column('customer').focus();
    await page.keyboard.press('Enter');
    await expect(page.getByTestId('lineage-from')).toContainText('as it is');
    await page.getByTestId('node-ids').click();
    await column('id').focus();
    await page.keyboard.press('Space');
    await expect(page.getByTestId('node-large')).toHaveAttribute('data-dim');
    await page.getByTestId('drawer-tab-output').click();
    await expect(page.getByTestId('node-large')).not.toHaveAttribute('data-dim');
  });

  await test.step('the flow as a whole', async () => {
    await page.getByTestId('flow-menu').click();
    await page.getByTestId('flow-lineage').click();
    const dialog = page.getByRole('dialog');
    await expect(dialog.getByTestId('lineage-datasets')).toContainText('lineage/out.csv');
    const total = dialog.getByRole('button', { name: /^total comes from .*amount/ });
    await total.focus();
    await expect(total).toHaveAttribute('data-lit');
    await expect(dialog.getByTestId('lineage-left').filter({ hasText: 'amount' })).toHaveAttribute(
      'data-lit',
    );
    await expect(dialog.getByTestId('lineage-left').filter({ hasText: 'id' })).toHaveAttribute(
      'data-dim',
    );
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
  });
});
