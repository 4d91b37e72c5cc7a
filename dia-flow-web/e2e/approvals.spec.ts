import { expect, test } from './setup/fixtures';
import { approvalFlow } from './setup/flows';

test('an approval is answered in the inbox, and the run goes on', async ({ page, api }) => {
  const flow = await api.createFlow(
    approvalFlow('inbox-approve', 'Inbox', 'Publish the monthly report?'),
  );
  const run = await api.startRun(flow.id);
  await api.stepReaches(run.id, 'ask', 'waiting');

  await page.goto('/approvals');
  await expect(page.getByTestId('nav-count-approvals')).toBeVisible();
  await page.locator(`[data-testid=approval][data-run="${run.id}"]`).click();
  const detail = page.getByTestId('approval-detail');
  await expect(detail).toContainText('Publish the monthly report?');
  await expect(detail.locator('b')).toHaveText('matters');
  await expect(detail).toContainText('1200');

  // What is required is asked for before anything is sent.
  await page.getByTestId('approval-approve').click();
  await expect(detail).toContainText('A value is needed.');
  await page.getByTestId('param-amount').fill('21');
  await page.getByTestId('approval-comment').fill('Looks right to me');
  await page.getByTestId('approval-approve').click();
  await expect(page.locator(`[data-testid=approval][data-run="${run.id}"]`)).toHaveCount(0);
  await api.reaches(run.id, 'succeeded');

  await page.goto(`/runs/${run.id}?node=granted`);
  await expect(page.getByTestId('step-panel')).toContainText('42');
  await page.goto(`/runs/${run.id}?node=ask`);
  await page.getByTestId('step-tab-wait').click();
  await expect(page.getByTestId('decision')).toContainText(
    /Approved by admin, .+Looks right to me/,
  );
  await page.getByTestId('step-tab-output').click();
  await expect(page.getByTestId('step-panel')).toContainText('Looks right to me');
});

test('an approval is rejected where the run is shown', async ({ page, api }) => {
  const flow = await api.createFlow(approvalFlow('run-reject', 'Reject', 'Delete the old rows?'));
  const run = await api.startRun(flow.id);
  await api.stepReaches(run.id, 'ask', 'waiting');
  await page.goto(`/runs/${run.id}?node=ask`);
  const panel = page.getByTestId('step-panel');
  await expect(panel.getByTestId('wait')).toHaveAttribute('data-kind', 'approval');
  // A rejection needs nothing of the form.
  await panel.getByTestId('approval-comment').fill('They are still needed');
  await panel.getByTestId('approval-reject').click();
  await api.reaches(run.id, 'succeeded');
  await page.goto(`/runs/${run.id}?node=refused`);
  await expect(page.getByTestId('step-panel')).toContainText('They are still needed');
});

test('a call to the address that is shown ends a wait', async ({ page, api, request }) => {
  const flow = await api.createFlow({
    apiVersion: 'dataflow/v1',
    kind: 'Flow',
    metadata: { name: 'called-back', title: 'Called back' },
    spec: { nodes: [{ id: 'call', type: 'control.wait', with: { callback: true } }] },
  });
  const run = await api.startRun(flow.id);
  await api.stepReaches(run.id, 'call', 'waiting');
  await page.goto(`/runs/${run.id}?node=call`);
  await expect(page.getByTestId('run-why')).toBeVisible();
  const address = await page.getByTestId('callback-address').inputValue();
  expect((await request.post(address, { data: { ok: 'yes indeed' } })).status()).toBe(204);
  await api.reaches(run.id, 'succeeded');
  await page.getByTestId('step-tab-output').click();
  await expect(page.getByTestId('step-panel')).toContainText('yes indeed');
});
