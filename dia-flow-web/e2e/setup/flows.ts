/** Documents that several tests use. */
export const flow = (name: string, title: string, nodes: unknown[], spec: object = {}) => ({
  apiVersion: 'dataflow/v1',
  kind: 'Flow',
  metadata: { name, title },
  spec: { ...spec, nodes },
});

const items = Array.from({ length: 12 }, (_, n) => ({ n }));

/** A map with a try in it, of which every fourth item fails into the catch. */
export const nestedFlow = (name: string, title: string) =>
  flow(name, title, [
    { id: 'items', type: 'value.set', title: 'Some items', with: { value: items } },
    {
      id: 'each',
      type: 'control.map',
      title: 'For each',
      in: { items: 'items' },
      nodes: [
        { id: 'double', type: 'value.set', with: { value: '{{ item.n * 2 }}' } },
        {
          id: 'guard',
          type: 'control.try',
          after: ['double'],
          nodes: [
            {
              id: 'check',
              type: 'control.if',
              with: { condition: '{{ item.n % 4 == 3 }}' },
            },
            {
              id: 'refuse',
              type: 'control.fail',
              in: { input: 'check.true' },
              with: { code: 'every_fourth', message: 'Number {{ item.n }} is refused' },
            },
          ],
          catch: [{ id: 'note', type: 'value.set', with: { value: '{{ item.message }}' } }],
          finally: [{ id: 'done', type: 'value.set', with: { value: 'done' } }],
        },
      ],
    },
  ]);

/** Asks for an approval with a form, and goes on both ways. */
export const approvalFlow = (name: string, title: string, question: string) =>
  flow(name, title, [
    {
      id: 'ask',
      type: 'control.approval',
      with: {
        title: question,
        message: 'It **matters** to many.',
        data: { rows: 1200 },
        form: [
          { name: 'amount', type: 'number', title: 'Amount', required: true },
          { name: 'urgent', type: 'boolean', title: 'Urgent' },
        ],
      },
    },
    {
      id: 'granted',
      type: 'value.set',
      in: { input: 'ask.approved' },
      with: { value: '{{ nodes.ask.approved.form.amount * 2 }}' },
    },
    {
      id: 'refused',
      type: 'value.set',
      in: { input: 'ask.rejected' },
      with: { value: '{{ nodes.ask.rejected.comment }}' },
    },
  ]);

/** A flow that gives a few rows without any file. */
export const smallFlow = (name: string, title: string) => ({
  apiVersion: 'dataflow/v1',
  kind: 'Flow',
  metadata: { name, title },
  spec: {
    nodes: [
      {
        id: 'rows',
        type: 'value.set',
        title: 'Some rows',
        with: {
          value: Array.from({ length: 40 }, (_, index) => ({ n: index, text: `row ${index}` })),
        },
      },
      {
        id: 'few',
        type: 'table.filter',
        title: 'Only small ones',
        in: { table: 'rows' },
        with: { where: 'n < 25' },
      },
    ],
  },
});
