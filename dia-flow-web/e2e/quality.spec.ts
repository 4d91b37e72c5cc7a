import AxeBuilder from '@axe-core/playwright';
import { expect, test } from './setup/fixtures';

const dirty = (last: string) =>
  [
    'item;price;day',
    ' Apples ;"1,5 €";25/12/2024',
    'Pears;"2,5 €";n/a',
    'Figs;"4,5 €";27/12/2024',
    `Plums;"${last}";26/12/2024`,
  ].join('\n');

test('what is dirty is seen, cleaned, checked and watched from run to run', async ({
  page,
  api,
}) => {
  const file = `quality-${Date.now()}.csv`;
  await api.putFile(file, `${dirty('3,5 €')}\n`);
  const flow = await api.createFlow({
    apiVersion: 'dataflow/v1',
    kind: 'Flow',
    metadata: { name: `quality-${Date.now()}`, title: 'Prices' },
    spec: {
      nodes: [
        { id: 'read', type: 'file.read', with: { path: file } },
        { id: 'clean', type: 'quality.clean', in: { table: 'read' } },
        {
          id: 'check',
          type: 'quality.check',
          in: { table: 'clean.table' },
          with: {
            rules: [
              { check: 'in_range', columns: ['price'], max: 9, name: 'it is cheap' },
              { check: 'not_null', columns: ['day'], severity: 'warn', name: 'there is a day' },
              { check: 'row_count', min: 2, change: 50, name: 'nothing is lost' },
            ],
          },
        },
      ],
    },
  });
  const inspector = page.getByTestId('inspector');

  await test.step('steps are suggested, and added as one change', async () => {
    await page.goto(`/flows/${flow.id}`);
    await page.getByTestId('node-clean').click();
    await inspector.getByTestId('suggest').click();
    await expect(page.getByTestId('suggestion')).toHaveCount(4);
    await expect(page.getByTestId('suggest-confidence').first()).toHaveText('Nearly certain');
    await expect(page.getByRole('dialog')).toContainText('Read price as numbers');
    await page.getByTestId('suggest-add').click();
    await expect(inspector.getByTestId('field-with.steps[3]')).toBeVisible();
    await page.getByTestId('undo').click();
    await expect(inspector.getByTestId('field-with.steps[0]')).toHaveCount(0);
    await page.getByTestId('redo').click();
    await expect(inspector.getByTestId('field-with.steps[3]')).toBeVisible();
  });

  await test.step('only the fields that mean something are shown', async () => {
    await inspector.getByTestId('field-with.steps[0]-fold').click();
    await expect(inspector.getByTestId('field-with.steps[0].inner')).toBeVisible();
    await expect(inspector.getByTestId('field-with.steps[0].decimal')).toHaveCount(0);
  });

  await test.step('the rows can be looked at as they will be', async () => {
    await expect(page.getByTestId('drawer').getByTestId('data-grid')).toContainText('1.5');
  });

  await test.step('the columns become a contract', async () => {
    await inspector.getByTestId('contract-take-table').click();
    await expect(inspector.getByTestId('contract-table')).toBeVisible();
    await expect(page.getByTestId('save-state')).toContainText('Saved');
  });

  await test.step('a run tells what was changed, and what has drifted', async () => {
    const first = await api.startRun(flow.id);
    await api.reaches(first.id, 'succeeded');
    await api.putFile(
      file,
      `${dirty('30 €').replace('day', 'day;more').replaceAll(/2024$/gm, '2024;x').replace('n/a', 'n/a;x')}\n`,
    );
    const second = await api.startRun(flow.id);
    await api.reaches(second.id, 'succeeded');
    await page.goto(`/runs/${second.id}?node=clean`);
    await page.getByTestId('drift-note').getByRole('button').first().click();
    await expect(page.getByTestId('drift').first()).toContainText('more');
    await page.getByTestId('step-panel').getByText('Report', { exact: true }).click();
    await expect(page.getByTestId('cleaning-report')).toContainText('Read numbers');
    await page.goto(`/runs/${second.id}?node=check`);
    await page.getByTestId('step-panel').getByText('Report', { exact: true }).click();
    const lost = page.getByTestId('quality-rule').filter({ hasText: 'nothing is lost' });
    await expect(lost).toContainText('4 rows');
    await expect(lost).toContainText('Expected 2 to 6 · 4 rows in the last run');
    await page.goto(`/runs/${second.id}?tab=steps`);
    const checked = page.locator('[data-step=check]').getByTestId('step-rows');
    await expect(checked).toHaveText('Passed 3 · Failed 2');
    await page.goto(`/flows/${flow.id}`);
    await expect(page.getByTestId('node-rows-check')).toHaveText('Passed 3 · Failed 2');
    await expect(page.getByTestId('node-rows-check')).toHaveAttribute('title', /Failed: 2 rows/);
  });

  await test.step('the trend shows the rule that is broken since', async () => {
    await page.goto(`/flows/${flow.id}/quality`);
    await expect(page.getByTestId('quality-state')).toContainText('2 rules are broken');
    const rule = page.getByTestId('trend-rule').filter({ hasText: 'it is cheap' });
    await expect(rule.getByTestId('trend-change')).toContainText('New');
    await expect(page.getByTestId('trend-chart')).toBeVisible();
    await expect(page.getByTestId('trend-column').first()).toContainText('day');
    const lost = page.getByTestId('trend-rule').filter({ hasText: 'nothing is lost' });
    await expect(lost).toContainText('expected 2 to 6');
    await lost.getByRole('button').click();
    await expect(page.getByTestId('trend-chart')).toContainText('what was measured');
    const found = await new AxeBuilder({ page }).analyze();
    expect(found.violations.map((v) => `${v.id}: ${v.nodes[0]?.html}`)).toEqual([]);
    await rule.getByRole('link').last().click();
    await expect(page.getByTestId('step-panel')).toBeVisible();
  });
});
