import { fireEvent, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { nodeById } from '@/flow-core';
import { testDocument, testTypes } from '@/flow-core/fixtures';
import { show } from '@/test/render';
import { DesignerProvider, useNode } from '../state/context';
import type { DesignerController } from '../state/controller';
import { createDesignerStore } from '../state/store';
import { NodeId } from './NodeId';

function Id() {
  const read = useNode('read');
  return read ? <NodeId node={read} typeTitle="Read file" /> : null;
}

function editing() {
  const store = createDesignerStore(
    { id: 'f', name: 'f', draft: { revision: 1, document: testDocument(), yaml: '' } },
    { items: testTypes },
  );
  show(
    <DesignerProvider controller={{ store } as unknown as DesignerController}>
      <Id />
    </DesignerProvider>,
  );
  fireEvent.click(screen.getByTestId('node-id'));
  const has = (id: string) => nodeById(store.getState().history.document, id) !== undefined;
  return { field: screen.getByTestId('node-id-input'), has };
}

describe('the id of a node', () => {
  it.each([
    ['my orders!', 'Small letters, digits and _, beginning with a letter'],
    ['costly', 'Another node has this id'],
    ['and', 'A word of the expression language cannot be an id'],
  ])('%s is refused with the reason, and stays to be mended', (text, reason) => {
    const { field, has } = editing();
    fireEvent.change(field, { target: { value: text } });
    for (const leave of [
      () => fireEvent.keyDown(field, { key: 'Enter' }),
      () => fireEvent.blur(field),
    ]) {
      leave();
      expect(screen.getByTestId('node-id-input')).toHaveValue(text);
      expect(screen.getByText(reason)).toBeInTheDocument();
    }
    expect(has('read')).toBe(true);
    fireEvent.keyDown(field, { key: 'Escape' });
    expect(screen.getByTestId('node-id')).toHaveTextContent('read');
  });

  it('is taken by Enter', () => {
    const { field, has } = editing();
    fireEvent.change(field, { target: { value: 'orders' } });
    fireEvent.keyDown(field, { key: 'Enter' });
    expect(has('orders')).toBe(true);
  });
});
