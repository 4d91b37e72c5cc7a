import { join, resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { showAll } from './setup/canvas';
import { expect, test } from './setup/fixtures';

const data = resolve('../examples/birdstrikes/data');
const key = (column: string) =>
  `trim(regexp_replace(regexp_replace(upper(${column}), '\\b(INTERNATIONAL|INTL|AIRPORT|ARPT)\\b', ' ', 'g'), '[^A-Z0-9]+', ' ', 'g'))`;

const code = `def main(table):
    """Add a severity from the cost of the strike."""
    table["severe"] = (table["cost"] >= 100000).astype("int64")
    print(len(table), "strikes rated")
    return table
`;

/** What a person does in the designer with the mouse and, in fields, the keyboard. */
class Designer {
  constructor(readonly page: Page) {}

  field(path: string) {
    return this.page.getByTestId(`field-with.${path}`);
  }

  /** Adds a node behind the selected one, connected when that fits. */
  async add(type: string, id: string): Promise<void> {
    await this.page.getByTestId(`palette-item-${type}`).click();
    await expect(this.page.getByTestId('node-id')).toHaveText(id);
  }

  async select(id: string): Promise<void> {
    await this.fit();
    await this.page.getByTestId(`node-${id}`).click();
    await expect(this.page.getByTestId('node-id')).toHaveText(id);
  }

  async deselect(): Promise<void> {
    await this.page
      .getByTestId('canvas')
      .locator('.react-flow__pane')
      .click({ position: { x: 40, y: 40 } });
    await expect(this.page.getByTestId('node-id')).toHaveCount(0);
  }

  async fit(): Promise<void> {
    await showAll(this.page);
  }

  async fill(path: string, text: string): Promise<void> {
    await this.field(path).fill(text);
    await this.field(path).blur();
  }

  async code(path: string, text: string): Promise<void> {
    const place = `[data-testid="field-with.${path}"]`;
    const editor = this.page.locator(`${place}.cm-content, ${place} .cm-content`);
    await editor.click();
    await this.page.keyboard.press('Control+a');
    await this.page.keyboard.insertText(text);
    await editor.blur();
  }

  async choose(path: string, option: string): Promise<void> {
    await this.field(path).click();
    await this.page.getByRole('option', { name: option, exact: true }).click();
  }

  async upload(path: string, file: string): Promise<void> {
    const chooser = this.page.waitForEvent('filechooser');
    await this.page.getByTestId(`field-with.${path}-upload`).click();
    await (await chooser).setFiles(file);
  }

  async tags(path: string, values: string[]): Promise<void> {
    for (const value of values) {
      await this.field(path).fill(value);
      await this.field(path).press('Enter');
    }
  }

  /** Draws an edge from an output to an input. */
  async connect(from: string, to: string): Promise<void> {
    await this.fit();
    await this.page.getByTestId(`port-out-${from}`).hover();
    await this.page.mouse.down();
    await this.page.getByTestId(`port-in-${to}`).hover();
    await this.page.mouse.up();
  }

  async run(): Promise<void> {
    await expect(this.page.getByTestId('save-state')).toContainText('Saved');
    await this.page.getByTestId('run-button').click();
  }

  status(id: string) {
    return this.page.getByTestId(`node-status-${id}`);
  }
}

test('use case 1: from an empty canvas to a report, through an error and its repair', async ({
  page,
}) => {
  test.setTimeout(180_000);
  const designer = new Designer(page);

  await page.goto('/flows?action=new');
  await page.getByTestId('flow-title').fill('Use case one');
  await page.getByTestId('flow-create-confirm').click();
  await expect(page.getByTestId('designer')).toBeVisible();

  await test.step('read and clean the strikes', async () => {
    await designer.add('file.read', 'read');
    await designer.upload('path', join(data, 'birdstrikes.csv'));
    await expect(designer.field('path')).toHaveValue('birdstrikes.csv');
    await designer.add('table.select', 'select');
    const columns = [
      ['Airport Name', 'airport'],
      ['Wildlife Size', 'size'],
      ['Cost Total $', 'cost'],
    ];
    for (const [index, [name = '', as = '']] of columns.entries()) {
      await designer.field('columns-add').click();
      await designer.fill(`columns[${index}].name`, name);
      await designer.fill(`columns[${index}].as`, as);
    }
    await designer.add('table.derive', 'derive');
    await designer.field('columns-add').click();
    await designer.fill('columns[0].name', 'airport_key');
    await designer.code('columns[0].expression', key('airport'));
  });

  await test.step('read the airports and join', async () => {
    await designer.deselect();
    await designer.add('file.read', 'read_2');
    await designer.upload('path', join(data, 'airports.csv'));
    await expect(designer.field('path')).toHaveValue('airports.csv');
    await designer.add('table.derive', 'derive_2');
    await designer.field('columns-add').click();
    await designer.fill('columns[0].name', 'airport_key');
    await designer.code('columns[0].expression', key('name'));
    await designer.add('table.join', 'join');
    await designer.field('on-add').click();
    await designer.fill('on[0].left', 'airport_key');
    await designer.connect('derive-table', 'join-right');
  });

  await test.step('rate with pandas, aggregate, draw, write', async () => {
    await designer.select('join');
    await designer.add('python', 'python');
    await designer.code('code', code);
    await designer.add('table.aggregate', 'aggregate');
    await designer.tags('by', ['iata']);
    await designer.field('values-add').click();
    await designer.choose('values[0].function', 'sum');
    await designer.fill('values[0].column', 'cost');
    await designer.fill('values[0].as', 'cost');
    await designer.add('chart', 'chart');
    await designer.choose('type', 'bar');
    await designer.fill('x', 'iata');
    await designer.tags('y', ['cost']);
    await designer.select('aggregate');
    await designer.add('file.write', 'write');
    await designer.fill('path', 'out/usecase1.csv');
    await designer.select('aggregate');
    await designer.add('file.write', 'write_2');
    await designer.fill('path', 'out/usecase1.parquet');
  });

  const all = [
    'read',
    'select',
    'derive',
    'read_2',
    'derive_2',
    'join',
    'python',
    'aggregate',
    'chart',
    'write',
    'write_2',
  ];
  await test.step('run and watch every node finish', async () => {
    await designer.run();
    for (const id of all) {
      await expect(designer.status(id)).toHaveAttribute('data-status', 'succeeded', {
        timeout: 60_000,
      });
    }
    await expect(page.getByTestId('node-rows-read')).toContainText('10,000');
  });

  await test.step('look at the rows on an edge', async () => {
    await designer.fit();
    await page.getByTestId('edge-rows-join-python').click();
    await expect(page.getByTestId('drawer').getByTestId('data-grid')).toBeVisible();
    await expect(page.getByTestId('drawer').getByTestId('column-cost')).toBeVisible();
  });

  await test.step('break a field and see the error there', async () => {
    await designer.select('read');
    await designer.fill('path', 'birdstrike.csv');
    await designer.run();
    await expect(designer.status('read')).toHaveAttribute('data-status', 'failed', {
      timeout: 60_000,
    });
    // The node that failed is selected by itself.
    await expect(page.getByTestId('node-id')).toHaveText('read');
    await expect(page.getByTestId('field-with.path-problem')).toContainText('birdstrike.csv');
  });

  await test.step('fix it and run again', async () => {
    await designer.fill('path', 'birdstrikes.csv');
    await designer.run();
    for (const id of all) {
      await expect(designer.status(id)).toHaveAttribute('data-status', 'succeeded', {
        timeout: 60_000,
      });
    }
  });

  await test.step('find the runs and the files', async () => {
    await page.goto('/runs?q=use-case-one');
    const rows = page.getByTestId('run-row');
    await expect(rows).toHaveCount(3);
    await expect(page.locator('[data-testid=run-row][data-run-status=succeeded]')).toHaveCount(2);
    await expect(page.locator('[data-testid=run-row][data-run-status=failed]')).toHaveCount(1);
    await page.goto('/files');
    await expect(page.locator('[data-file="out/usecase1.csv"]')).toBeVisible();
    await expect(page.locator('[data-file="out/usecase1.parquet"]')).toBeVisible();
  });
});
