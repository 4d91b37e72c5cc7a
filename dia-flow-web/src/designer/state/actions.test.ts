import { describe, expect, it } from 'vitest';
import { indexOf, nodeById, renameNode, type Step } from '@/flow-core';
import { testDocument, testTypes } from '@/flow-core/fixtures';
import { addNode, copyText, duplicateSelected, pasteText } from './actions';
import type { DesignerController } from './controller';
import { noRun } from './runState';
import { createDesignerStore } from './store';

const step = (id: string, node: string): Step => ({
  run_id: 'r',
  node_id: id,
  node_type: node,
  status: 'failed',
  attempt: 1,
});

/** A flow whose run failed in its reader, which has got another id since. */
function renamed() {
  const store = createDesignerStore(
    { id: 'f', name: 'f', draft: { revision: 1, document: testDocument(), yaml: '' } },
    { items: testTypes },
  );
  const types = new Map(testTypes.map((type) => [type.name, type]));
  const controller = {
    store,
    canvas: null,
    type: (name: string) => types.get(name),
  } as unknown as DesignerController;
  store.getState().startedRun({
    run: null,
    byPath: { read: step('read', 'file.read'), 'each[1]/request': step('x', 'http.request') },
    logs: noRun.logs,
    nodeAtRun: new Map(),
  });
  expect(store.getState().steps.read?.status).toBe('failed');
  store.getState().edit(renameNode('read', 'orders'));
  return { store, controller };
}

describe('new nodes beside a run', () => {
  it('do not take the ids of its steps, and so not their failures', () => {
    const { store, controller } = renamed();
    const id = addNode(controller, { type: 'file.read' });
    expect(id).toBe('read_2');
    expect(store.getState().steps[id]).toBeUndefined();
    expect(addNode(controller, { type: 'http.request' })).toBe('request_2');
  });

  it('do not take them as copies either', () => {
    const { store, controller } = renamed();
    store.getState().select(['orders']);
    const text = copyText(controller) ?? '';
    expect(pasteText(controller, text.replaceAll('orders', 'read'))).toBe(true);
    expect(nodeById(store.getState().history.document, 'read')).toBeUndefined();
    store.getState().select(['orders']);
    duplicateSelected(controller);
    expect([...indexOf(store.getState().history.document).keys()]).toEqual(
      expect.arrayContaining(['orders', 'orders_2', 'read_2']),
    );
  });
});
