import { describe, expect, it } from 'vitest';
import { connect, disconnect, insertOnEdge } from './connect';
import {
  addNodes,
  moveNodes,
  removeNodes,
  renameInput,
  renameNode,
  setMetadata,
  setNodeField,
  setSpec,
} from './edits';
import { testDocument, testIndex } from './fixtures';
import { allEdges } from './graph';
import { NEW_INPUT } from './ports';
import { nodeById } from './tree';

describe('edits', () => {
  it('never changes the document they are given', () => {
    const doc = testDocument();
    const before = structuredClone(doc);
    removeNodes(['read']).apply(doc);
    renameNode('read', 'load').apply(doc);
    setNodeField('costly', ['with', 'where'], 'x').apply(doc);
    expect(doc).toEqual(before);
  });

  it('adds nodes on the grid', () => {
    const doc = addNodes([{ id: 'n', type: 'python' }], { n: [13, 21] }).apply(testDocument());
    expect(doc.spec.layout?.n).toEqual([16, 24]);
    expect(nodeById(doc, 'n')).toBeDefined();
  });

  it('removes nodes together with their edges, waits and places', () => {
    const doc = removeNodes(['read']).apply(testDocument());
    expect(nodeById(doc, 'costly')?.in).toBeUndefined();
    expect(nodeById(doc, 'both')?.in).toEqual({ right: 'costly' });
    expect(nodeById(doc, 'report')?.after).toBeUndefined();
    expect(doc.spec.layout).not.toHaveProperty('read');
  });

  it('renames a node in inputs, waits, layout and expressions but not in text', () => {
    const doc = renameNode('read', 'load').apply(testDocument());
    expect(nodeById(doc, 'costly')?.in).toEqual({ table: 'load' });
    expect(nodeById(doc, 'costly')?.with?.where).toBe(
      'cost > {{ params.min_cost + nodes.load.table.rows }}',
    );
    expect(nodeById(doc, 'report')?.after).toEqual(['load']);
    expect(nodeById(doc, 'report')?.with?.path).toBe(
      "out/{{ nodes['load'].table.rows }}-nodes.read.csv",
    );
    expect(doc.spec.layout?.load).toEqual([0, 0]);
  });

  it('keeps the port of a renamed source', () => {
    const doc = testDocument();
    const fed = setNodeField('costly', ['in', 'table'], 'read.table').apply(doc);
    expect(nodeById(renameNode('read', 'load').apply(fed), 'costly')?.in?.table).toBe('load.table');
  });

  it('connects by node name alone when the source has one output, and by port otherwise', () => {
    const base = addNodes(
      [
        { id: 'branch', type: 'control.if' },
        { id: 'code', type: 'python' },
      ],
      {},
    ).apply(testDocument());
    const one = connect(
      { source: 'read', sourcePort: 'table', target: 'branch', targetPort: 'value' },
      testIndex,
    ).apply(base);
    expect(nodeById(one, 'branch')?.in).toEqual({ value: 'read' });
    const two = connect(
      { source: 'branch', sourcePort: 'false', target: 'code', targetPort: NEW_INPUT },
      testIndex,
    ).apply(one);
    expect(nodeById(two, 'code')?.in).toEqual({ branch: 'branch.false' });
  });

  it('replaces the source of a port that takes one and adds to a port that takes many', () => {
    const base = addNodes([{ id: 'all', type: 'table.union' }], {}).apply(testDocument());
    const attempt = { sourcePort: 'table', target: 'all', targetPort: 'tables' };
    const first = connect({ ...attempt, source: 'read' }, testIndex).apply(base);
    const second = connect({ ...attempt, source: 'costly' }, testIndex).apply(first);
    expect(nodeById(second, 'all')?.in).toEqual({ tables: ['read', 'costly'] });
    const replaced = connect(
      { source: 'read', sourcePort: 'table', target: 'report', targetPort: 'table' },
      testIndex,
    ).apply(base);
    expect(nodeById(replaced, 'report')?.in).toEqual({ table: 'read' });
  });

  it('names a new input after the parameter of main that nothing feeds', () => {
    const code = 'import x\n\ndef main(a: dict[str, int], table=None):\n    return a\n';
    const base = addNodes([{ id: 'code', type: 'python', with: { code } }], {}).apply(
      testDocument(),
    );
    const feed = (source: string) =>
      connect({ source, sourcePort: 'table', target: 'code', targetPort: NEW_INPUT }, testIndex);
    const doc = feed('both').apply(feed('costly').apply(feed('read').apply(base)));
    expect(nodeById(doc, 'code')?.in).toEqual({ a: 'read', table: 'costly', both: 'both' });
  });

  it('disconnects data and waiting edges', () => {
    const doc = testDocument();
    const edges = allEdges(doc).filter((edge) => edge.target === 'report');
    const next = disconnect(edges).apply(doc);
    expect(nodeById(next, 'report')?.in).toBeUndefined();
    expect(nodeById(next, 'report')?.after).toBeUndefined();
    expect(allEdges(next)).toHaveLength(allEdges(doc).length - 2);
  });

  it('inserts a node on an edge', () => {
    const doc = testDocument();
    const edge = allEdges(doc).find((e) => e.source === 'both');
    if (!edge) throw new Error('no edge');
    const next = insertOnEdge(
      edge,
      { id: 'keep', type: 'table.filter' },
      [800, 0],
      { input: 'table', output: 'table' },
      testIndex,
    ).apply(doc);
    expect(nodeById(next, 'keep')?.in).toEqual({ table: 'both' });
    expect(nodeById(next, 'report')?.in).toEqual({ table: 'keep' });
  });

  it('renames an input in its place', () => {
    const base = addNodes(
      [{ id: 'code', type: 'python', in: { a: 'read', b: 'costly' } }],
      {},
    ).apply(testDocument());
    const next = renameInput('code', 'a', 'strikes').apply(base);
    expect(Object.entries(nodeById(next, 'code')?.in ?? {})).toEqual([
      ['strikes', 'read'],
      ['b', 'costly'],
    ]);
    expect(renameInput('code', 'a', 'b').apply(base)).toBe(base);
  });

  it('leaves nothing empty behind', () => {
    const cleared = setNodeField('costly', ['with', 'where'], undefined).apply(testDocument());
    expect(nodeById(cleared, 'costly')).not.toHaveProperty('with');
    const titled = setMetadata({ title: '' }).apply(testDocument());
    expect(titled.metadata).not.toHaveProperty('title');
    expect(setSpec({ params: {} }).apply(testDocument()).spec).not.toHaveProperty('params');
  });

  it('gives back the same document when nothing moves', () => {
    const doc = testDocument();
    expect(moveNodes({ read: [0, 0] }).apply(doc)).toBe(doc);
  });
});
