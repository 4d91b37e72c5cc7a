import { describe, expect, it } from 'vitest';
import type { Lineage } from '@/api';
import { edgeKey, sourcesOf, trailOf } from './trail';

const how = (...list: string[]) => list;
const column = (name: string, ...from: object[]) => ({ name, type: 'BIGINT', from });
const at = (node: string, name: string, ...ways: string[]) => ({
  node,
  port: 'table',
  column: name,
  how: how(...ways),
});

/** read → large (a filter) → sums (by who) → out.csv, and beside it code that nobody can see through. */
const graph = {
  nodes: [
    {
      id: 'read',
      type: 'file.read',
      ports: [
        {
          name: 'table',
          columns: ['who', 'n', 'note'].map((c) =>
            column(c, { dataset: 'in', column: c, how: how('IDENTITY') }),
          ),
        },
      ],
    },
    {
      id: 'large',
      type: 'table.filter',
      ports: [
        {
          name: 'table',
          columns: ['who', 'n', 'note'].map((c) => column(c, at('read', c, 'IDENTITY'))),
          rows: [at('read', 'n', 'FILTER')],
        },
      ],
    },
    {
      id: 'sums',
      type: 'table.aggregate',
      ports: [
        {
          name: 'table',
          columns: [
            column('who', at('large', 'who', 'IDENTITY')),
            column('total', at('large', 'n', 'AGGREGATION')),
          ],
          rows: [at('large', 'who', 'GROUP_BY')],
        },
      ],
    },
    {
      id: 'code',
      type: 'python',
      ports: [
        {
          name: 'result',
          opaque: true,
          all: [{ node: 'large', port: 'table', how: how('TRANSFORMATION') }],
        },
      ],
    },
  ],
  edges: [],
  datasets: [
    {
      id: 'in',
      namespace: 'file',
      name: 'in.csv',
      kind: 'file',
      reads: ['read'],
      columns: ['who', 'n', 'note'].map((c) => column(c)),
    },
    {
      id: 'out',
      namespace: 'file',
      name: 'out.csv',
      kind: 'file',
      writes: ['write'],
      columns: [column('total', at('sums', 'total', 'IDENTITY'))],
    },
  ],
  inputs: [],
  gaps: [],
} as unknown as Lineage;

describe('the trail of a column', () => {
  it('ends at datasets, with all ways that lead there', () => {
    expect(sourcesOf(graph, { dataset: 'out', column: 'total' })).toEqual([
      {
        place: { dataset: 'in', column: 'n' },
        ways: ['AGGREGATION', 'FILTER'],
        through: ['read', 'large', 'sums'],
      },
      {
        place: { dataset: 'in', column: 'who' },
        ways: ['GROUP_BY'],
        through: ['read', 'large', 'sums'],
      },
    ]);
  });

  it('lights the nodes and edges before and behind it, and no others', () => {
    const trail = trailOf(graph, { node: 'large', port: 'table', column: 'n' });
    expect([...trail.nodes].sort()).toEqual(['code', 'large', 'read', 'sums', 'write']);
    expect(trail.edges.has(edgeKey('large', 'sums'))).toBe(true);
    expect(trail.edges.has(edgeKey('sums', 'write'))).toBe(true);
    const into = trail.into.map((r) => [
      r.place.dataset ?? r.place.node,
      r.place.column,
      ...r.ways,
    ]);
    expect(into.sort()).toEqual([
      ['code', undefined, 'TRANSFORMATION'],
      ['out', 'total', 'AGGREGATION'],
      ['sums', 'total', 'AGGREGATION'],
    ]);
    const note = trailOf(graph, { node: 'large', port: 'table', column: 'note' });
    expect([...note.nodes].sort()).toEqual(['code', 'large', 'read']);
    expect(note.into.map((r) => r.place.node)).toEqual(['code']);
  });

  it('goes through code as if all of it took part', () => {
    const from = sourcesOf(graph, { node: 'code', port: 'result' });
    expect(from.map((r) => r.place.column).sort()).toEqual(['n', 'note', 'who']);
  });
});
