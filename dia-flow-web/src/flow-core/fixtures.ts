import type { FlowDocument, NodeType } from './types';

const text = (en: string) => ({ en, zh: en });

function type(name: string, change: Partial<NodeType> = {}): NodeType {
  return {
    name,
    version: 1,
    doc: {
      title: text(name),
      summary: text(''),
      details: text(''),
      family: name.split('.')[0] ?? '',
      icon: '',
    },
    config: { type: 'object', properties: {} },
    inputs: [{ name: 'table', kind: 'table', required: true }],
    outputs: [{ name: 'table', kind: 'table' }],
    ...change,
  };
}

/** Types as small as the tests need them. */
export const testTypes: NodeType[] = [
  type('file.read', {
    inputs: [],
    config: {
      type: 'object',
      required: ['path'],
      properties: {
        path: { type: 'string', 'x-widget': 'file', 'x-order': 0 },
        format: { type: 'string', enum: ['', 'csv'], 'x-order': 1 },
      },
    },
  }),
  type('table.filter', {
    config: {
      type: 'object',
      required: ['where'],
      properties: { where: { type: 'string', title: 'Condition', 'x-widget': 'sql' } },
    },
  }),
  type('table.join', {
    inputs: [
      { name: 'left', kind: 'table', required: true },
      { name: 'right', kind: 'table', required: true },
    ],
  }),
  type('table.union', { inputs: [{ name: 'tables', kind: 'table', many: true, required: true }] }),
  type('file.write', { outputs: [{ name: 'file', kind: 'file' }] }),
  type('control.if', {
    inputs: [{ name: 'value', kind: '' }],
    outputs: [
      { name: 'true', kind: '' },
      { name: 'false', kind: '' },
    ],
  }),
  type('http.request', { inputs: [], outputs: [{ name: 'response', kind: 'value' }] }),
  type('control.map', {
    inputs: [{ name: 'items', kind: '', required: true }],
    outputs: [
      { name: 'results', kind: 'value' },
      { name: 'errors', kind: 'value' },
    ],
  }),
  type('control.try', {
    inputs: [],
    outputs: [
      { name: 'value', kind: '' },
      { name: 'error', kind: 'value' },
    ],
  }),
  type('python', { inputs: [], named_inputs: true, outputs: [{ name: 'result', kind: '' }] }),
];

export const testIndex = new Map(testTypes.map((each) => [each.name, each]));

/** read → costly → report, and a join that both feed. */
export function testDocument(): FlowDocument {
  return {
    apiVersion: 'dataflow/v1',
    kind: 'Flow',
    metadata: { name: 'strikes' },
    spec: {
      params: { min_cost: { type: 'number', default: 0 } },
      nodes: [
        { id: 'read', type: 'file.read', with: { path: 'a.csv' } },
        {
          id: 'costly',
          type: 'table.filter',
          in: { table: 'read' },
          with: { where: 'cost > {{ params.min_cost + nodes.read.table.rows }}' },
        },
        { id: 'both', type: 'table.join', in: { left: 'read', right: 'costly' } },
        {
          id: 'report',
          type: 'file.write',
          in: { table: 'both' },
          after: ['read'],
          with: { path: "out/{{ nodes['read'].table.rows }}-nodes.read.csv" },
        },
      ],
      layout: { read: [0, 0], costly: [320, 0], both: [640, 0], report: [960, 0] },
    },
  };
}

/** rows → each { clean → guard { risky | note | done } } → sum, where clean also takes from rates outside. */
export function nestedDocument(): FlowDocument {
  return {
    apiVersion: 'dataflow/v1',
    kind: 'Flow',
    metadata: { name: 'nested' },
    spec: {
      nodes: [
        { id: 'rows', type: 'file.read', with: { path: 'a.csv' } },
        { id: 'rates', type: 'file.read', with: { path: 'b.csv' } },
        {
          id: 'each',
          type: 'control.map',
          in: { items: 'rows' },
          with: { concurrency: 4, result: 'guard.value' },
          nodes: [
            { id: 'clean', type: 'python', in: { row: 'item', rates: 'rates' } },
            {
              id: 'guard',
              type: 'control.try',
              after: ['clean'],
              nodes: [{ id: 'risky', type: 'python', in: { data: 'clean', row: 'item' } }],
              catch: [{ id: 'note', type: 'python', in: { problem: 'item' } }],
              finally: [{ id: 'done', type: 'python', with: { code: '{{ nodes.clean.result }}' } }],
            },
          ],
        },
        { id: 'sum', type: 'python', in: { all: 'each.results' } },
      ],
      layout: { rows: [0, 0], each: [320, 0], clean: [0, 0], guard: [304, 0], sum: [2000, 0] },
    },
  };
}
