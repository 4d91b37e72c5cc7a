import { describe, expect, it } from 'vitest';
import { LEAST_ZOOM, sightOf } from './sight';

const room = { width: 1000, height: 500 };
const card = (x: number, y: number) => ({ x, y, width: 224, height: 90 });

describe('what of a graph is seen at first', () => {
  it('is all of it, in the middle and never larger than life, where titles can be read', () => {
    const small = { x: 100, y: 50, width: 500, height: 100 };
    expect(sightOf(small, room)).toEqual({ zoom: 1, x: 150, y: 150, whole: true });
    const wide = sightOf({ x: 0, y: 0, width: 1120, height: 100 }, room, card(0, 0));
    expect(wide.zoom).toBeCloseTo(0.8);
    expect(wide.whole).toBe(true);
    expect(wide.x).toBeCloseTo(52);
  });

  it('is the beginning of a large one, with titles that can be read', () => {
    const large = { x: 40, y: 0, width: 8000, height: 100 };
    const sight = sightOf(large, room);
    expect(sight.zoom).toBe(LEAST_ZOOM);
    expect(sight.whole).toBe(false);
    expect(40 * sight.zoom + sight.x).toBe(52);
    expect(sight.y).toBe((500 - 100 * LEAST_ZOOM) / 2);
  });

  it('is what is around the place that matters, and no empty room beyond the graph', () => {
    const large = { x: 0, y: 0, width: 8000, height: 4000 };
    const inside = sightOf(large, room, card(3888, 1955));
    expect(4000 * inside.zoom + inside.x).toBe(500);
    expect(2000 * inside.zoom + inside.y).toBe(250);
    const end = sightOf(large, room, card(7776, 3910));
    expect(8000 * end.zoom + end.x).toBe(1000 - 52);
    expect(4000 * end.zoom + end.y).toBe(500 - 28);
  });
});
