import { expect, test } from './setup/fixtures';

test('what a run would come upon is said beforehand, in both languages', async ({ page, api }) => {
  const flow = await api.createFlow({
    apiVersion: 'dataflow/v1',
    kind: 'Flow',
    metadata: { name: `foreseen-${Date.now()}`, title: 'Foreseen' },
    spec: {
      nodes: [
        { id: 'orders', type: 'value.set', with: { value: [{ id: 1, amount: 2.5 }] } },
        {
          id: 'large',
          type: 'table.filter',
          in: { table: 'orders' },
          with: { where: 'amout > 2' },
        },
        {
          id: 'keep',
          type: 'sql.write',
          in: { table: 'large' },
          with: { connection: 'nowhere', table: 'large' },
        },
        {
          id: 'check',
          type: 'quality.check',
          in: { table: 'orders' },
          with: { rules: [{ check: 'reference', columns: ['id'] }] },
        },
      ],
    },
  });
  const problem = page.getByTestId('field-with.where-problem');

  await test.step('a column that is not there, at its field, until it is mended', async () => {
    await page.goto(`/flows/${flow.id}`);
    await page.getByTestId('node-large').click();
    await expect(problem).toContainText('There is no column "amout". Did you mean "amount"?');
    await expect(problem).toHaveAttribute('data-severity', 'warning');
    await page
      .locator(
        '[data-testid="field-with.where"].cm-content, [data-testid="field-with.where"] .cm-content',
      )
      .first()
      .click();
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText('amount > > 1 2');
    await expect(problem).toHaveAttribute('data-severity', 'error');
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText('amount > 2');
    await expect(problem).toHaveCount(0);
  });

  await test.step('an input that a rule needs', async () => {
    await page.getByTestId('node-check').click();
    await expect(page.getByTestId('inspector')).toContainText('The rule 1 looks values up');
  });

  await test.step('a connection that is not there keeps the flow from being published', async () => {
    await page.evaluate(() => localStorage.setItem('dataflow-language', 'zh'));
    await page.reload();
    await page.getByTestId('node-keep').click();
    await expect(page.getByTestId('field-with.connection-problem')).toContainText(
      '没有名为“nowhere”的连接',
    );
    await page.getByTestId('publish-button').click();
    await page.getByTestId('publish-confirm').click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText('流程无法发布');
    await expect(dialog).toContainText('没有名为“nowhere”的连接');
    await expect(dialog).toContainText('第 1 条规则需要');
    await page.evaluate(() => localStorage.setItem('dataflow-language', 'en'));
  });
});
