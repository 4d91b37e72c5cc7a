import type { Page } from '@playwright/test';
import { expect, test } from './setup/fixtures';
import { flow } from './setup/flows';

const boxOf = async (page: Page, testId: string) => {
  const box = await page.getByTestId(testId).first().boundingBox();
  if (!box) throw new Error(`${testId} is not drawn`);
  return box;
};

const apart = (
  a: { x: number; y: number; width: number; height: number },
  b: { x: number; y: number; width: number; height: number },
) => a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;

test('edges lead around cards, and the zoom buttons cover none', async ({ page, api }) => {
  const { id } = await api.createFlow(
    flow(`canvas-${Date.now()}`, 'Skips a layer', [
      { id: 'rows', type: 'value.set', with: { value: [{ n: 1 }, { n: 2 }] } },
      { id: 'others', type: 'value.set', with: { value: [{ n: 3 }] } },
      { id: 'some', type: 'table.filter', in: { table: 'rows' }, with: { where: 'n < 2' } },
      { id: 'few', type: 'table.limit', in: { table: 'some' }, with: { rows: 1 } },
      { id: 'all', type: 'table.union', in: { table: ['few', 'some', 'others'] } },
    ]),
  );
  const run = await api.startRun(id);
  await api.reaches(run.id, 'succeeded');
  await page.goto(`/flows/${id}`);
  const label = page.getByTestId('edge-rows-some-all');
  await expect(label).toBeVisible();
  const cards = await Promise.all(
    ['rows', 'others', 'some', 'few', 'all'].map((node) => boxOf(page, `node-${node}`)),
  );
  const count = await label.boundingBox();
  for (const card of cards) expect(count && apart(count, card)).toBe(true);

  const inside = await page.evaluate(() => {
    const card = document.querySelector('[data-testid=node-few]')?.getBoundingClientRect();
    const edges = [...document.querySelectorAll<SVGPathElement>('path.react-flow__edge-path')];
    return edges.filter((path) => {
      const onScreen = path.getScreenCTM();
      const length = path.getTotalLength();
      return Array.from({ length: 200 }, (_, i) => path.getPointAtLength((length * i) / 200)).some(
        (point) => {
          const { x, y } = point.matrixTransform(onScreen ?? undefined);
          return (
            card !== undefined &&
            x > card.left + 8 &&
            x < card.right - 8 &&
            y > card.top &&
            y < card.bottom
          );
        },
      );
    }).length;
  });
  expect(inside).toBe(0);

  await page.getByTestId('node-some').click();
  await expect(page.getByTestId('drawer')).toBeVisible();
  await expect(async () => {
    const buttons = await page.getByTestId('canvas').getByRole('toolbar').boundingBox();
    for (const node of ['rows', 'others', 'some', 'few', 'all']) {
      const card = await boxOf(page, `node-${node}`);
      expect(buttons && apart(buttons, card), node).toBe(true);
    }
  }).toPass();
  await api.deleteFlow(id);
});
