import { describe, expect, it } from 'vitest';
import { wrapped } from './wrap';

const chain = (length: number) =>
  Object.fromEntries(
    Array.from({ length }, (_, index): [string, [number, number]] => [
      `n${index}`,
      [index * 304, 0],
    ]),
  );

describe('wrapped', () => {
  it('leaves a short chain on one line', () => {
    expect(wrapped(chain(6))).toEqual(chain(6));
  });

  it('breaks a long chain, and no two nodes share a place', () => {
    const places = wrapped(chain(13));
    expect(places.n5).toEqual([0, 168]);
    expect(places.n10).toEqual([0, 336]);
    expect(new Set(Object.values(places).map(String)).size).toBe(13);
  });
});
