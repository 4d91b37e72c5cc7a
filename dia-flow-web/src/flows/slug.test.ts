import { describe, expect, it } from 'vitest';
import { nameFor, namePattern, slug } from './slug';

describe('slug', () => {
  it.each([
    ['Bird strikes by airport', 'bird-strikes-by-airport'],
    ['  Größe & Länge  ', 'grosse-lange'],
    ['Café / Œuvre', 'cafe-oeuvre'],
    ['a_b--c', 'a_b-c'],
    ['!!!', ''],
    ['鸟击', ''],
  ])('%s → %s', (title, name) => {
    expect(slug(title)).toBe(name);
  });

  it('always gives a valid name', () => {
    expect(nameFor('鸟击', () => 0.5)).toMatch(namePattern);
    expect(nameFor('x'.repeat(100)).length).toBeLessThanOrEqual(63);
  });
});
