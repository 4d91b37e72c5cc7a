import { describe, expect, it } from 'vitest';
import { setNodeField } from '@/flow-core';
import { testDocument, testTypes } from '@/flow-core/fixtures';
import { mergeLogs, noRun, reduceEvents } from './runState';
import { createDesignerStore } from './store';

const store = () =>
  createDesignerStore(
    { id: 'f', name: 'f', draft: { revision: 1, document: testDocument(), yaml: '' } },
    { items: testTypes },
  );

describe('designer store', () => {
  it('judges the document with every edit and undoes', () => {
    const designer = store();
    expect(designer.getState().problems).toEqual([]);
    designer.getState().edit(setNodeField('read', ['with', 'path'], undefined));
    expect(designer.getState().problemsOf.get('read')?.[0]?.field).toBe('with.path');
    designer.getState().undo();
    expect(designer.getState().problems).toEqual([]);
  });

  it('opens the inspector with a single selection and forgets nodes that are gone', () => {
    const designer = store();
    designer.getState().select(['read']);
    expect(designer.getState().inspector).toBe('node');
    designer.getState().select(['read', 'costly']);
    expect(designer.getState().inspector).toBe('closed');
  });

  it('goes to the field of a problem', () => {
    const designer = store();
    designer.getState().goTo({ node: 'costly', field: 'retry.attempts' });
    expect(designer.getState()).toMatchObject({ selection: ['costly'], inspectorTab: 'errors' });
    designer.getState().goTo({});
    expect(designer.getState().inspector).toBe('flow');
  });

  it('keeps what a run brings, each log line once', () => {
    const step = {
      run_id: 'r',
      node_id: 'read',
      node_type: 'file.read',
      status: 'running' as const,
      attempt: 1,
    };
    const log = { seq: 2, time: '', node_id: 'read', level: 'info', text: 'a' };
    const state = reduceEvents(noRun, [
      { seq: 1, step },
      { seq: 2, log },
      { seq: 2, log },
    ]);
    expect(state.byPath.read?.status).toBe('running');
    const later = reduceEvents(state, [{ seq: 3, step: { ...step, status: 'succeeded' } }]);
    expect(later.byPath.read?.status).toBe('succeeded');
    expect(mergeLogs(later.logs, [{ ...log, seq: 1 }, log]).map((line) => line.seq)).toEqual([
      1, 2,
    ]);
  });
});
