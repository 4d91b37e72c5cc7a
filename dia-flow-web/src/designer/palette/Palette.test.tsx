import { fireEvent, screen, waitFor } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { fieldsOf, type NodeType } from '@/flow-core';
import { testDocument, testTypes } from '@/flow-core/fixtures';
import { show } from '@/test/render';
import { WidgetsProvider } from '../fields/registry';
import { WIDGETS } from '../fields/widgets';
import { NodeFields } from '../inspector/NodeFields';
import { DesignerProvider, useDesigner, useNode } from '../state/context';
import type { DesignerController } from '../state/controller';
import { createDesignerStore } from '../state/store';
import { Palette } from './Palette';

const [like] = testTypes;
const named = (name: string, properties: NodeType['config']['properties']): NodeType => ({
  ...(like as NodeType),
  name,
  config: { type: 'object', properties: properties ?? {} },
});

const types = [
  named('table.limit', {
    first: { type: 'string', 'x-widget': 'text', 'x-order': 0 },
    last: { type: 'string', 'x-widget': 'text', 'x-order': 1 },
  }),
  named('table.sort', {
    by: {
      type: 'array',
      items: { type: 'object', properties: { column: { type: 'string', 'x-widget': 'text' } } },
    },
  }),
  named('table.distinct', {}),
];

function Form() {
  const selected = useDesigner((s) => s.selection[0] ?? '');
  const node = useNode(selected);
  const config = types.find((type) => type.name === node?.type)?.config;
  return node && config ? (
    <NodeFields key={node.id} node={node} fields={fieldsOf(config)} root={config} />
  ) : null;
}

/** Looks for a type in the palette. */
function search(text: string) {
  const store = createDesignerStore(
    { id: 'f', name: 'f', draft: { revision: 1, document: testDocument(), yaml: '' } },
    { items: types },
  );
  const canvas = { reveal: () => {}, centre: () => [0, 0], focus: vi.fn() };
  const type = (name: string) => types.find((each) => each.name === name);
  show(
    <DesignerProvider controller={{ store, canvas, type } as unknown as DesignerController}>
      <Palette />
      <WidgetsProvider value={WIDGETS}>
        <Form />
      </WidgetsProvider>
    </DesignerProvider>,
  );
  const field = screen.getByTestId('palette-search');
  fireEvent.change(field, { target: { value: text } });
  return { field, canvas };
}

describe('a node added by keyboard', () => {
  it('is filled in from its first field', async () => {
    const { field } = search('limit');
    fireEvent.keyDown(field, { key: 'Enter' });
    const first = await screen.findByTestId('field-with.first');
    await waitFor(() => expect(document.activeElement).toBe(first));
  });

  it('begins with the first row of a list', async () => {
    search('sort');
    fireEvent.click(screen.getByTestId('palette-item-table.sort'), { detail: 0 });
    const add = await screen.findByTestId('field-with.by-add');
    await waitFor(() => expect(document.activeElement).toBe(add));
  });

  it('leads to the canvas where there is nothing to fill in', () => {
    const { field, canvas } = search('distinct');
    fireEvent.keyDown(field, { key: 'Enter' });
    expect(canvas.focus).toHaveBeenCalled();
  });

  it('does not take the focus from the mouse', async () => {
    search('limit');
    const item = screen.getByTestId('palette-item-table.limit');
    item.focus();
    fireEvent.click(item, { detail: 1 });
    await screen.findByTestId('field-with.first');
    await new Promise((done) => setTimeout(done, 100));
    expect(document.activeElement).toBe(item);
  });
});
