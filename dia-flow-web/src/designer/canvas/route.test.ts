import { describe, expect, it } from 'vitest';
import { type Ends, type Point, type Rect, route } from './route';

const card = (left: number, top: number, height = 100): Rect => ({
  left,
  top,
  right: left + 224,
  bottom: top + height,
});

/** The places that a path names, curves walked along in small steps. */
function walk(path: string): Point[] {
  const points: Point[] = [];
  for (const [, kind, rest = ''] of path.matchAll(/([MLC])([^MLC]*)/g)) {
    const named = rest
      .trim()
      .split(/\s+/)
      .map((pair): Point => {
        const [x = 0, y = 0] = pair.split(',').map(Number);
        return { x, y };
      });
    const from = points.at(-1);
    const to = named.at(-1);
    if (!from || !to || kind === 'M') {
      if (to) points.push(to);
      continue;
    }
    const [c1, c2] = kind === 'C' ? [named[0] ?? from, named[1] ?? to] : [from, to];
    for (let i = 1; i <= 60; i++) {
      const t = i / 60;
      const mix = (a: number, b: number, c: number, d: number) =>
        (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t ** 2 * c + t ** 3 * d;
      points.push({ x: mix(from.x, c1.x, c2.x, to.x), y: mix(from.y, c1.y, c2.y, to.y) });
    }
  }
  return points;
}

const inside = ({ x, y }: Point, box: Rect) =>
  x > box.left && x < box.right && y > box.top && y < box.bottom;

function expectClear(ends: Ends, cards: Rect[]) {
  const way = route(ends, cards);
  const points = walk(way.path);
  expect(points.at(-1)).toEqual(ends.to);
  for (const box of cards) expect(points.filter((point) => inside(point, box))).toEqual([]);
  return { ...way, points };
}

describe('the way of an edge', () => {
  const from = { x: 224, y: 250 };

  it('is a curve with its label in the middle where nothing is in between', () => {
    const way = route(
      { from, to: { x: 600, y: 50 }, source: card(0, 200), target: card(600, 0) },
      [],
    );
    expect(way.path).toBe('M224,250 C412,250 412,50 600,50');
    expect(way.label.x).toBeCloseTo(412, -1);
    expect(way.label.y).toBeCloseTo(150, -1);
  });

  it('leads past a card that lies between, as near to the straight way as it can', () => {
    const between = card(304, 40, 130);
    const { points, label } = expectClear(
      { from, to: { x: 608, y: 120 }, source: card(0, 200), target: card(608, 40) },
      [between],
    );
    expect(Math.max(...points.map((point) => point.y))).toBeCloseTo(250);
    expect(inside(label, { ...between, top: between.top - 11, bottom: between.bottom + 11 })).toBe(
      false,
    );
  });

  it('leads through the gaps of columns, and around all where there is none', () => {
    const columns = [card(304, 0), card(304, 156), card(304, 312), card(608, 0), card(608, 110)];
    const to = { x: 912, y: 60 };
    expectClear({ from, to }, columns);
    expectClear({ from: { x: 224, y: 50 }, to: { x: 912, y: 50 } }, columns);
  });

  it('takes what the detour meets into account', () => {
    const cards = [card(304, 0, 300), card(608, 280, 200), card(608, 0, 200)];
    expectClear({ from: { x: 224, y: 150 }, to: { x: 912, y: 150 } }, cards);
  });

  it('keeps lines and labels apart that go the same way', () => {
    const cards = [card(304, 40, 300)];
    const ends = { from, to: { x: 608, y: 200 } };
    const ways = [0, 1, 2].map((lane) => expectClear({ ...ends, lane, place: lane }, cards));
    const heights = ways.map(({ points }) => Math.max(...points.map((point) => point.y)));
    expect(new Set(heights).size).toBe(3);
    const [a, b, c] = ways.map(({ label }) => label.x);
    expect((a ?? 0) - (b ?? 0)).toBeGreaterThan(30);
    expect((c ?? 0) - (a ?? 0)).toBeGreaterThan(30);
  });

  it('comes in from above where an edge means a wait', () => {
    const target = card(608, 100);
    const { points } = expectClear({ from, to: { x: 720, y: 100 }, target, above: true }, [
      card(304, 100, 200),
    ]);
    expect(points.filter((point) => inside(point, target))).toEqual([]);
    expect(points.at(-2)?.y).toBeLessThan(100);
  });

  it('is left to its curve where it leads back', () => {
    const way = route({ from: { x: 800, y: 50 }, to: { x: 100, y: 50 } }, [card(304, 0)]);
    expect(way.path.startsWith('M800,50 C')).toBe(true);
  });
});
