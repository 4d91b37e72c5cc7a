import { act, fireEvent, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { fieldsOf, setNodeField } from '@/flow-core';
import { testDocument, testTypes } from '@/flow-core/fixtures';
import { json, show } from '@/test/render';
import { DesignerProvider, useNode } from '../state/context';
import type { DesignerController } from '../state/controller';
import { createDesignerStore } from '../state/store';
import { StoredField } from './StoredField';

const root = {
  type: 'object',
  properties: {
    table: { type: 'string', 'x-widget': 'stored', 'x-of': 'table' },
    columns: { type: 'array', items: { type: 'string' }, 'x-widget': 'stored', 'x-of': 'column' },
  },
} as never;

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function Form({ store }: { store: ReturnType<typeof createDesignerStore> }) {
  const node = useNode('read');
  return fieldsOf(root).map((spec) => (
    <StoredField
      key={spec.name}
      nodeId="read"
      spec={spec}
      root={root}
      path={['with', spec.name] as never}
      value={(node?.with as Record<string, unknown> | undefined)?.[spec.name]}
      onChange={(next) => store.getState().edit(setNodeField('read', ['with', spec.name], next))}
      invalid={false}
      label={spec.name}
      testId={spec.name}
    />
  ));
}

/** The fields of a node that reads the connection "shop"; asked is what the server was asked of it. */
async function harness(answer: (asked: URLSearchParams) => Response, test: object = { ok: true }) {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (input: RequestInfo) => {
    const url = new URL((input instanceof Request ? input : new Request(input)).url);
    if (!url.pathname.endsWith('/entries')) {
      return json({ items: [{ name: 'shop', kind: 'mysql', last_test: test }], next: '' });
    }
    asked.push(`${url.searchParams.get('schema') ?? ''}.${url.searchParams.get('table') ?? ''}`);
    return answer(url.searchParams);
  });
  const store = createDesignerStore(
    { id: 'f', name: 'f', draft: { revision: 1, document: testDocument(), yaml: '' } },
    { items: testTypes },
  );
  store.getState().edit(setNodeField('read', ['with'], { connection: 'shop' }));
  show(
    <DesignerProvider controller={{ store } as unknown as DesignerController}>
      <Form store={store} />
    </DesignerProvider>,
  );
  await pass(50);
  return asked;
}

const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));

const focus = async (id: string) => {
  act(() => screen.getByTestId(id).focus());
  await pass(50);
};

async function type(text: string, every: number) {
  for (let end = 1; end <= text.length; end++) {
    fireEvent.change(screen.getByTestId('table'), { target: { value: text.slice(0, end) } });
    await pass(every);
  }
}

const refused = () => json({ code: 'login_refused', detail: 'no' }, 422);

it('asks for the columns of a table whose name is typed no more', async () => {
  const asked = await harness((at) =>
    json({ items: at.get('table') ? [{ kind: 'column', name: 'id' }] : [] }),
  );
  await focus('columns');
  await focus('table');
  expect(asked).toEqual(['.']);
  await type('customer_orders', 500);
  expect(asked).toEqual(['.']);
  await focus('columns');
  await pass(500);
  expect(asked).toEqual(['.', '.customer_orders']);
});

it('waits until a name stays as it is', async () => {
  const asked = await harness(() => json({ items: [] }));
  await focus('columns');
  await type('customer_orders', 20);
  await pass(500);
  expect(asked).toEqual(['.customer_orders']);
});

it('does not log in again and again where it is refused', async () => {
  const asked = await harness(refused);
  await focus('table');
  await focus('columns');
  await focus('table');
  act(() => {
    window.dispatchEvent(new Event('visibilitychange'));
  });
  await pass(500);
  expect(asked).toEqual(['.']);
});

it('asks nothing of a connection whose last test failed', async () => {
  const asked = await harness(refused, { ok: false });
  await focus('table');
  await focus('columns');
  await pass(500);
  expect(asked).toEqual([]);
});

it('offers the tables of the schema that the database takes by itself', async () => {
  const asked = await harness((at) =>
    json({
      items: at.get('schema')
        ? [{ kind: 'table', name: 'orders', schema: 'shop' }]
        : [
            { kind: 'schema', name: 'public' },
            { kind: 'schema', name: 'shop', default: true },
          ],
    }),
  );
  await focus('table');
  fireEvent.click(screen.getByTestId('table'));
  await pass(500);
  expect(asked).toEqual(['.', 'shop.']);
  const offered = screen.getAllByRole('option', { hidden: true });
  expect(offered.map((each) => each.textContent)).toEqual(['orders']);
});
