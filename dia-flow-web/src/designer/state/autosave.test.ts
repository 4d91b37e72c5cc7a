import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '@/api/errors';
import { setMetadata } from '@/flow-core';
import { testDocument } from '@/flow-core/fixtures';
import type { Draft } from '../api/types';
import { Autosave, type AutosaveDeps } from './autosave';

const draft = (revision: number): Draft => ({ revision, document: testDocument(), yaml: '' });
const named = (title: string) => setMetadata({ title }).apply(testDocument());

function setUp(change: Partial<AutosaveDeps> = {}) {
  const states: string[] = [];
  let revision = 1;
  const save = vi.fn(async () => draft(++revision));
  const onConflict = vi.fn();
  const autosave = new Autosave({
    revision: 1,
    save,
    saveYaml: async () => draft(++revision),
    latest: async () => draft(9),
    onState: (state) => states.push(state),
    onSaved: () => {},
    onConflict,
    ...change,
  });
  return { autosave, states, save, onConflict };
}

describe('Autosave', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('waits for a pause and sends the newest document with the revision it knows', async () => {
    const { autosave, states, save } = setUp();
    autosave.changed(named('a'));
    await vi.advanceTimersByTimeAsync(300);
    autosave.changed(named('ab'));
    await vi.advanceTimersByTimeAsync(700);
    autosave.changed(named('abc'));
    await vi.advanceTimersByTimeAsync(700);
    expect(
      save.mock.calls.map(([doc, rev]: unknown[]) => [
        (doc as { metadata: { title: string } }).metadata.title,
        rev,
      ]),
    ).toEqual([
      ['ab', 1],
      ['abc', 2],
    ]);
    expect(states.at(-1)).toBe('saved');
    expect(autosave.dirty).toBe(false);
  });

  it('keeps trying while the server is away', async () => {
    let away = true;
    const save = vi.fn(async () => {
      if (away) throw new ApiError(0, { code: 'unreachable' });
      return draft(2);
    });
    const { autosave, states } = setUp({ save });
    autosave.changed(named('a'));
    await vi.advanceTimersByTimeAsync(700);
    expect(states.at(-1)).toBe('offline');
    expect(autosave.dirty).toBe(true);
    away = false;
    await vi.advanceTimersByTimeAsync(1100);
    expect(states.at(-1)).toBe('saved');
    expect(save).toHaveBeenCalledTimes(2);
  });

  it('stops at a conflict until one side is chosen', async () => {
    const save = vi.fn(async (_: unknown, revision: number) => {
      if (revision !== 9) throw new ApiError(409, { code: 'draft_conflict' });
      return draft(10);
    });
    const { autosave, states, onConflict } = setUp({ save });
    autosave.changed(named('mine'));
    await vi.advanceTimersByTimeAsync(700);
    expect(onConflict).toHaveBeenCalledOnce();
    autosave.changed(named('mine too'));
    await vi.advanceTimersByTimeAsync(5000);
    expect(save).toHaveBeenCalledOnce();
    autosave.overwrite(9, named('mine too'));
    await vi.advanceTimersByTimeAsync(10);
    expect(states.at(-1)).toBe('saved');
  });

  it('flush sends at once and tells of a refusal', async () => {
    const save = vi.fn(async () => {
      throw new ApiError(422, { code: 'document_invalid', detail: 'no' });
    });
    const { autosave, states } = setUp({ save });
    autosave.changed(named('a'));
    await expect(autosave.flush()).rejects.toMatchObject({ code: 'document_invalid' });
    expect(states.at(-1)).toBe('refused');
  });
});
