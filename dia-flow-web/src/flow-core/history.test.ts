import { describe, expect, it } from 'vitest';
import { moveNodes, setNodeField } from './edits';
import { testDocument } from './fixtures';
import { applyEdit, canRedo, canUndo, type History, redo, startHistory, undo } from './history';
import { nodeById } from './tree';

const where = (history: History) => nodeById(history.document, 'costly')?.with?.where;
const type = (text: string) => setNodeField('costly', ['with', 'where'], text);

describe('history', () => {
  it('goes back and forth without limit', () => {
    let history = startHistory(testDocument());
    for (let i = 0; i < 500; i++)
      history = applyEdit(history, moveNodes({ read: [i * 8 + 8, 0] }), 0);
    expect(history.past).toHaveLength(500);
    while (canUndo(history)) history = undo(history);
    expect(history.document).toEqual(testDocument());
    while (canRedo(history)) history = redo(history);
    expect(history.document.spec.layout?.read).toEqual([4000, 0]);
  });

  it('merges what is typed into one field in one go', () => {
    let history = startHistory(testDocument());
    const start = where(history);
    history = applyEdit(history, type('c'), 1000);
    history = applyEdit(history, type('co'), 1200);
    history = applyEdit(history, type('cost'), 1400);
    expect(history.past).toHaveLength(1);
    expect(where(undo(history))).toBe(start);
  });

  it('keeps apart what was typed after a pause, elsewhere, or after an undo', () => {
    let history = startHistory(testDocument());
    history = applyEdit(history, type('a'), 0);
    history = applyEdit(history, type('ab'), 5000);
    history = applyEdit(history, setNodeField('read', ['with', 'path'], 'b.csv'), 5100);
    expect(history.past).toHaveLength(3);
    history = redo(undo(history));
    history = applyEdit(history, setNodeField('read', ['with', 'path'], 'c.csv'), 5200);
    expect(history.past).toHaveLength(4);
  });

  it('forgets the future with a new edit and ignores edits that change nothing', () => {
    let history = applyEdit(startHistory(testDocument()), type('a'), 0);
    history = undo(history);
    history = applyEdit(history, moveNodes({ read: [0, 0] }), 10);
    expect(canRedo(history)).toBe(true);
    history = applyEdit(history, type('b'), 20);
    expect(canRedo(history)).toBe(false);
  });
});
