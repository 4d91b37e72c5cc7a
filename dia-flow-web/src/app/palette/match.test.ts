import { describe, expect, it } from 'vitest';
import { matches } from './match';

describe('matches', () => {
  it.each([
    ['New flow', 'fl', true],
    ['New flow', 'flow new', true],
    ['New flow', 'low', false],
    ['主题：深色', '深色', true],
    ['Theme: Dark', '', true],
  ])('%s with "%s" is %s', (text, query, result) => {
    expect(matches(text, query)).toBe(result);
  });
});
