import { still } from './setup/canvas';
import { expect, test } from './setup/fixtures';
import { flow } from './setup/flows';

test('a map is drawn from an empty canvas, run, and looked into', async ({ page }) => {
  const field = (name: string) => page.getByTestId(`field-with.${name}`);
  const json = async (name: string, text: string) => {
    const editor = page.locator(
      `[data-testid="field-with.${name}"].cm-content, [data-testid="field-with.${name}"] .cm-content`,
    );
    await editor.click();
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText(text);
    await editor.blur();
  };

  await page.goto('/flows?action=new');
  await page.getByTestId('flow-title').fill('Drawn map');
  await page.getByTestId('flow-create-confirm').click();
  await expect(page.getByTestId('designer')).toBeVisible();

  await test.step('a list, and a map behind it', async () => {
    await page.getByTestId('palette-item-value.set').click();
    await expect(page.getByTestId('node-id')).toHaveText('value');
    await json('value', JSON.stringify([{ n: 1 }, { n: 2 }, { n: 3 }]));
    await page.getByTestId('palette-item-control.map').click();
    await expect(page.getByTestId('node-id')).toHaveText('each');
  });

  await test.step('a node in its empty body, by the plus', async () => {
    await page.getByTestId('body-add-each-nodes').click();
    await page.getByTestId('node-picker-search').fill('set value');
    await page.keyboard.press('Enter');
    await expect(page.getByTestId('node-id')).toHaveText('value_2');
    await expect(page.getByTestId('body-add-each-nodes')).toHaveCount(0);
    await page.getByTestId('field-with.value-expression').click();
    await json('value', '{{ item.n * 10 }}');
  });

  await test.step('a second one behind it, which stays in the body', async () => {
    await page.getByTestId('palette-item-value.set').click();
    await expect(page.getByTestId('node-id')).toHaveText('value_3');
    await page.getByTestId('field-with.value-expression').click();
    await json('value', '{{ nodes.value_2.value + 1 }}');
  });

  await test.step('run, and the progress of the items is shown', async () => {
    await expect(page.getByTestId('save-state')).toContainText('Saved');
    await page.getByTestId('run-button').click();
    await expect(page.getByTestId('node-status-each')).toHaveAttribute('data-status', 'succeeded');
    await expect(page.getByTestId('node-items-each')).toContainText('3 items');
  });

  await test.step('another item is chosen, and its data shown', async () => {
    await page.getByTestId('fit-button').click();
    // A node with results shows them by itself.
    await page.getByTestId('node-value_3').click();
    const drawer = page.getByTestId('drawer');
    await page.getByTestId('drawer-tab-output').click();
    await expect(drawer).toContainText('11');
    await page.getByTestId('instance-number-each').fill('3');
    await expect(drawer).toContainText('31');
    // The expression is tried on that item, too.
    await expect(page.getByTestId('expression-result')).toContainText('31');
  });

  await test.step('dragged out of the map a node lets go of what it saw there', async () => {
    await page.getByTestId('drawer-close').click();
    await page.getByTestId('node-value_3').click({ button: 'right' });
    await page.getByTestId('node-take-out').click();
    await expect(
      page.getByTestId('problems').or(page.getByTestId('node-problems-value_3')),
    ).toBeVisible();
    await page.getByTestId('undo').click();
    await expect(page.getByTestId('node-problems-value_3')).toHaveCount(0);
  });

  await test.step('folded it is a card, and unfolded as before', async () => {
    await page.getByTestId('fold-each').click();
    await expect(page.getByTestId('node-value_2')).toHaveCount(0);
    await page.getByTestId('unfold-each').click();
    await expect(page.getByTestId('node-value_2')).toBeVisible();
  });
  await expect(field('value')).toBeVisible();
});

test('a node is dragged into a container and out of it again', async ({ page, api }) => {
  const created = await api.createFlow(
    flow(
      'drag-into',
      'Drag into',
      [
        { id: 'list', type: 'value.set', with: { value: [1, 2] } },
        {
          id: 'each',
          type: 'control.map',
          in: { items: 'list' },
          nodes: [{ id: 'first', type: 'value.set', with: { value: '{{ item }}' } }],
        },
        { id: 'loose', type: 'value.set', with: { value: 5 } },
      ],
      { layout: { list: [0, 0], each: [320, 0], first: [0, 0], loose: [0, 320] } },
    ),
  );
  const bodyOf = async () => {
    const response = await page.request.get(`/api/automation/v1/flows/${created.id}`);
    const { draft } = await response.json();
    const nodes: { id: string; nodes?: { id: string }[] }[] = draft.document.spec.nodes;
    return nodes.find((node) => node.id === 'each')?.nodes?.map((node) => node.id);
  };
  const drag = async (to: { x: number; y: number }) => {
    const box = await page.getByTestId('node-loose').boundingBox();
    if (!box) throw new Error('the node is not in sight');
    await page.mouse.move(box.x + 60, box.y + 12);
    await page.mouse.down();
    await page.mouse.move(to.x - 30, to.y, { steps: 6 });
    await page.mouse.move(to.x, to.y, { steps: 3 });
  };
  await page.goto(`/flows/${created.id}`);
  await expect(page.getByTestId('node-loose')).toBeVisible();
  const body = page.getByTestId('body-each-nodes');
  const inside = await body.boundingBox();
  if (!inside) throw new Error('the body is not in sight');

  await drag({ x: inside.x + 120, y: inside.y + inside.height - 12 });
  await expect(body).toHaveAttribute('data-target', 'true');
  await page.mouse.up();
  await expect.poll(bodyOf).toEqual(['first', 'loose']);

  await drag({ x: inside.x + 60, y: inside.y + inside.height + 260 });
  await page.mouse.up();
  await expect.poll(bodyOf).toEqual(['first']);
  await page.getByTestId('undo').click();
  await expect.poll(bodyOf).toEqual(['first', 'loose']);
});

test('pinned data is written by hand, used by a test run, and marked', async ({ page, api }) => {
  const created = await api.createFlow(
    flow('pinned', 'Pinned', [
      { id: 'slow', type: 'value.set', with: { value: 1 } },
      {
        id: 'next',
        type: 'value.set',
        after: ['slow'],
        with: { value: '{{ nodes.slow.value + 1 }}' },
      },
    ]),
  );
  await page.goto(`/flows/${created.id}`);
  await page.getByTestId('node-slow').click();
  await page.getByTestId('toggle-drawer').click();
  await page.getByTestId('pin-write').click();
  const editor = page.locator(
    '[data-testid="pin-json"].cm-content, [data-testid="pin-json"] .cm-content',
  );
  await editor.click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText('{"value": 41');
  await page.getByTestId('pin-save').click();
  await expect(page.getByTestId('pin-editor')).toContainText('Not valid JSON');
  await editor.click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText('{"value": 41}');
  await page.getByTestId('pin-save').click();
  await expect(page.getByTestId('node-pin-slow')).toBeVisible();

  await expect(page.getByTestId('save-state')).toContainText('Saved');
  await page.getByTestId('run-button').click();
  await expect(page.getByTestId('node-status-next')).toHaveAttribute('data-status', 'succeeded');
  await page.getByTestId('node-next').click();
  await expect(page.getByTestId('drawer')).toContainText('42');

  await still(page); // the node that was chosen is brought into sight
  await page.getByTestId('node-slow').click();
  await page.getByTestId('pin-remove').click();
  await expect(page.getByTestId('node-pin-slow')).toHaveCount(0);
});
