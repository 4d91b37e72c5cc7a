import { describe, expect, it } from 'vitest';
import type { Rect } from './route';
import { clearing } from './viewport';

const buttons: Rect = { left: 10, top: 400, right: 150, bottom: 450 };
const card = (left: number, top: number): Rect => ({
  left,
  top,
  right: left + 160,
  bottom: top + 80,
});

describe('making the buttons free of cards', () => {
  it('moves nothing where nothing is under them', () => {
    expect(clearing(buttons, [card(10, 100), card(200, 400)], 500)).toBe(0);
  });

  it('moves all up as far as the card that is deepest under them asks for', () => {
    expect(clearing(buttons, [card(10, 380), card(100, 340)], 500)).toBe(60);
  });

  it('counts what comes up from below', () => {
    expect(clearing(buttons, [card(10, 380), card(10, 470)], 500)).toBe(150);
  });

  it('leaves all where it is when the node that is looked at would go out of sight', () => {
    expect(clearing(buttons, [card(10, 380)], 50)).toBe(0);
  });
});
