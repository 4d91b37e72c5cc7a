import { expect, test } from './setup/fixtures';

test('what is read bit by bit is seen, and read from the beginning again', async ({
  page,
  api,
  expectAccessible,
}) => {
  const name = `marks-${Date.now()}`;
  await api.putFile(`${name}/a.csv`, 'id\n1\n2\n');
  await api.createConnection(name, 'folder', {});
  const read = (id: string, title: string) => ({
    id,
    title,
    type: 'storage.read',
    with: { connection: name, prefix: `${name}/`, new: true, none: 'empty' },
  });
  const flow = await api.createFlow({
    apiVersion: 'dataflow/v1',
    kind: 'Flow',
    metadata: { name, title: 'Bit by bit' },
    spec: { nodes: [read('all', 'All files'), read('some', 'Others')] },
  });
  const rows = page.getByTestId('mark-row');

  await test.step('before the first run it says what it is for', async () => {
    await page.goto(`/flows/${flow.id}`);
    await page.getByTestId('flow-menu').click();
    await page.getByTestId('flow-marks').click();
    await expect(page.getByTestId('empty')).toContainText(
      'The next run of this flow reads everything',
    );
  });

  await test.step('it says what was read, how far and by which run', async () => {
    const run = await api.startRun(flow.id);
    await api.reaches(run.id, 'succeeded');
    await page.reload();
    await expect(rows).toHaveCount(2);
    await expect(rows.first()).toContainText('All files');
    await expect(rows.first()).toContainText(`Files ${name}`);
    await expect(rows.first()).toContainText('1 file seen');
    await expect(rows.first().getByRole('link', { name: /^Run / })).toHaveAttribute(
      'href',
      `/runs/${run.id}`,
    );
    await expectAccessible(page);
  });

  await test.step('one step begins anew, by the keyboard, once it is confirmed', async () => {
    const forget = page.getByRole('button', { name: 'Read All files from the beginning again' });
    await forget.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText('Read All files from the beginning again?');
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
    await expect(rows).toHaveCount(2);
    await forget.focus();
    await page.keyboard.press('Enter');
    await page.getByTestId('marks-confirm').press('Enter');
    await expect(rows).toHaveCount(1);
    await expect(rows.first()).toContainText('Others');
  });

  await test.step('so do all at once', async () => {
    const run = await api.startRun(flow.id);
    await api.reaches(run.id, 'succeeded');
    await page.reload();
    await expect(rows).toHaveCount(2);
    await page.getByTestId('marks-forget-all').click();
    await page.getByTestId('marks-confirm').click();
    await expect(page.getByTestId('empty')).toBeVisible();
  });
});
