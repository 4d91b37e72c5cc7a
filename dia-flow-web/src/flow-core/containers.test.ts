import { describe, expect, it } from 'vitest';
import { copyNodes, duplicateNodes, pasteNodes, readFragment } from './clipboard';
import { connect, disconnect, insertOnEdge, setResult } from './connect';
import { moveInto, whyNotMove } from './containers';
import { addNodes, fitContainer, moveNodes, removeNodes, renameNode, resizeNode } from './edits';
import { suggest } from './expression';
import { nestedDocument, testIndex } from './fixtures';
import { allEdges, findCycle, sourcesOf, upstreamOf } from './graph';
import { applyEdit, startHistory, undo } from './history';
import { idForType, idProblem } from './ids';
import { bodyAt, boxes, freePlace, GROUP, placeAfter, positions, toBody } from './layout';
import { NEW_INPUT, RESULT, whyNotConnect } from './ports';
import { itemBody, resultOf, visibleFrom } from './scope';
import {
  failedInstances,
  instancesOfPath,
  nodeOfPath,
  parseStepPath,
  stepPath,
  stepsOf,
} from './steps';
import { bodyOfNode, containersOf, indexOf, nodeById, nodesIn, outermost } from './tree';
import type { FlowDocument } from './types';
import { mergeProblems, quickProblems } from './validate';

const doc = nestedDocument();
const each = { container: 'each', field: 'nodes' } as const;
const guard = { container: 'guard', field: 'nodes' } as const;
const node = (in_: FlowDocument, id: string) => {
  const found = nodeById(in_, id);
  if (!found) throw new Error(`no ${id}`);
  return found;
};
const why = (source: string, target: string, targetPort = NEW_INPUT, sourcePort = 'result') =>
  whyNotConnect(doc, testIndex, null, { source, sourcePort, target, targetPort });

describe('the tree of nodes', () => {
  it('finds nodes of every level, containers before what is in them', () => {
    expect([...indexOf(doc).keys()]).toEqual([
      'rows',
      'rates',
      'each',
      'clean',
      'guard',
      'risky',
      'note',
      'done',
      'sum',
    ]);
    expect(bodyOfNode(doc, 'note')).toEqual({ container: 'guard', field: 'catch' });
    expect(containersOf(doc, 'risky')).toEqual(['guard', 'each']);
    expect(outermost(doc, ['risky', 'each', 'sum'])).toEqual(['each', 'sum']);
  });

  it('keeps ids unique in the whole document', () => {
    expect(idProblem(doc, 'risky')).toBe('taken');
    expect(idProblem(doc, 'item')).toBe('reserved');
    expect(idForType(doc, 'control.map')).toBe('each_2');
    expect(idForType(doc, 'control.if')).toBe('check');
  });

  it('never changes the document it was given, and undo brings it back', () => {
    const before = structuredClone(doc);
    const history = applyEdit(startHistory(doc), moveInto(['risky'], null), 0);
    removeNodes(['clean']).apply(doc);
    expect(doc).toEqual(before);
    expect(undo(history).document).toBe(doc);
  });
});

describe('what a node sees', () => {
  it('is beside it and around its containers, never the containers themselves', () => {
    expect([...visibleFrom(doc, 'risky')].sort()).toEqual([
      'clean',
      'item',
      'rates',
      'rows',
      'sum',
    ]);
    expect([...visibleFrom(doc, 'rows')].sort()).toEqual(['each', 'rates', 'sum']);
  });

  it('takes the item of the nearest container that gives one', () => {
    expect(itemBody(doc, guard)).toEqual(each);
    expect(itemBody(doc, { container: 'guard', field: 'catch' })?.container).toBe('guard');
    expect(itemBody(doc, null)).toBeNull();
  });

  it('makes a container wait for what is taken from outside', () => {
    expect([...sourcesOf(node(doc, 'each'))].sort()).toEqual(['rates', 'rows']);
    expect(upstreamOf(doc, 'risky')).toEqual(['clean', 'rows', 'rates']);
    expect(upstreamOf(doc, 'sum')).toEqual(['each', 'rows', 'rates']);
  });

  it('finds circles within a body and through one', () => {
    expect(findCycle(doc)).toEqual([]);
    const inner = connect(
      { source: 'guard', sourcePort: 'value', target: 'clean', targetPort: NEW_INPUT },
      testIndex,
    ).apply(doc);
    expect(findCycle(inner).sort()).toEqual(['clean', 'guard']);
    const through = connect(
      { source: 'sum', sourcePort: 'result', target: 'clean', targetPort: NEW_INPUT },
      testIndex,
    ).apply(doc);
    expect(findCycle(through).sort()).toEqual(['each', 'sum']);
  });

  it('is offered in expressions, with the item and its fields', () => {
    const rows = { data: [{ name: 'a', size: 1 }], kind: 'value' as const };
    const step = { run_id: 'r', node_id: 'rows', node_type: 'x', attempt: 1 };
    const known = {
      types: testIndex,
      steps: { rows: { ...step, status: 'succeeded' as const, outputs: { table: rows } } },
    };
    const labels = (id: string, path: string) => suggest(doc, id, path, known).map((s) => s.label);
    expect(labels('risky', 'nodes.')).toEqual(['clean', 'rows', 'rates']);
    expect(labels('risky', 'it')).toContain('item');
    expect(labels('sum', 'it')).not.toContain('item');
    expect(labels('clean', 'item.')).toEqual(['name', 'size']);
    expect(labels('note', 'item.')).toContain('message');
  });
});

describe('connections across bodies', () => {
  it('go inwards, not outwards, nor from a container to what is in it', () => {
    expect(why('rates', 'risky', NEW_INPUT, 'table')).toBeUndefined();
    expect(why('risky', 'sum')).toBe('inside');
    expect(why('risky', 'note')).toBe('inside');
    expect(why('each', 'clean', NEW_INPUT, 'results')).toBe('around');
    expect(why('sum', 'clean')).toBe('cycle');
  });

  it('take the item only of the nearest container', () => {
    const item = (body: typeof each | typeof guard, target: string, targetPort = NEW_INPUT) =>
      whyNotConnect(doc, testIndex, null, {
        source: 'item',
        sourcePort: '',
        target,
        targetPort,
        item: body,
      });
    expect(item(each, 'risky')).toBeUndefined();
    expect(item(each, 'clean', 'row')).toBe('duplicate');
    expect(item(each, 'note')).toBe('item_hidden');
    expect(item(each, 'sum')).toBe('item_hidden');
    const fed = connect(
      { source: 'item', sourcePort: '', target: 'done', targetPort: NEW_INPUT, item: each },
      testIndex,
    ).apply(doc);
    expect(node(fed, 'done').in).toEqual({ item: 'item' });
  });

  it('make a node of the body its result', () => {
    expect(why('clean', 'each', RESULT)).toBeUndefined();
    expect(why('risky', 'each', RESULT)).toBe('result_outside');
    const next = connect(
      { source: 'clean', sourcePort: 'result', target: 'each', targetPort: RESULT },
      testIndex,
    ).apply(doc);
    expect(node(next, 'each').with?.result).toBe('clean');
    const plain = setResult('each', undefined).apply(doc);
    expect(resultOf(node(plain, 'each'))).toEqual({ node: 'guard', port: '', named: false });
  });

  it('can be cut and have a node put on them', () => {
    const edge = allEdges(doc).find((e) => e.source === 'rates' && e.target === 'clean');
    if (!edge) throw new Error('no edge');
    expect(node(disconnect([edge]).apply(doc), 'clean').in).toEqual({ row: 'item' });
    const next = insertOnEdge(
      edge,
      { id: 'keep', type: 'table.filter' },
      [0, 0],
      { input: 'table', output: 'table' },
      testIndex,
    ).apply(doc);
    expect(bodyOfNode(next, 'keep')).toEqual(each);
    expect(node(next, 'clean').in?.rates).toBe('keep');
  });
});

describe('moving between bodies', () => {
  it('takes a node out and lets go of what it no longer sees', () => {
    const next = moveInto(['clean'], null, { clean: [100, 600] }).apply(doc);
    expect(bodyOfNode(next, 'clean')).toBeNull();
    expect(node(next, 'clean').in).toEqual({ rates: 'rates' });
    // What stays inside still sees it from there.
    expect(node(next, 'guard').after).toEqual(['clean']);
    expect(node(next, 'risky').in).toEqual({ data: 'clean', row: 'item' });
    expect(next.spec.layout?.clean).toEqual([104, 600]);
  });

  it('puts a node in, and whoever took from it outside lets go', () => {
    const next = moveInto(['rates'], guard).apply(doc);
    expect(nodesIn(next, guard).map((n) => n.id)).toEqual(['risky', 'rates']);
    expect(node(next, 'clean').in).toEqual({ row: 'item' });
  });

  it('forgets a result that has left', () => {
    const next = moveInto(['guard'], null).apply(doc);
    expect(node(next, 'each').with).toEqual({ concurrency: 4 });
    expect(node(next, 'risky')).not.toHaveProperty('in');
  });

  it('leaves no empty body behind, and never puts a container into itself', () => {
    expect(node(moveInto(['note'], null).apply(doc), 'guard')).not.toHaveProperty('catch');
    expect(whyNotMove(doc, ['each'], guard)).toBe('into_itself');
    expect(moveInto(['each'], guard).apply(doc)).toBe(doc);
  });
});

describe('other edits of nested nodes', () => {
  it('delete a container with all in it', () => {
    const next = removeNodes(['each']).apply(doc);
    expect([...indexOf(next).keys()]).toEqual(['rows', 'rates', 'sum']);
    expect(node(next, 'sum')).not.toHaveProperty('in');
    expect(next.spec.layout).not.toHaveProperty('guard');
    expect(node(removeNodes(['guard']).apply(doc), 'each').with).toEqual({ concurrency: 4 });
  });

  it('rename everywhere, in bodies and in results', () => {
    const next = renameNode('guard', 'safe').apply(renameNode('clean', 'tidy').apply(doc));
    expect(node(next, 'each').with?.result).toBe('safe.value');
    expect(node(next, 'safe').after).toEqual(['tidy']);
    expect(node(next, 'risky').in?.data).toBe('tidy');
    expect(node(next, 'done').with?.code).toBe('{{ nodes.tidy.result }}');
    expect(next.spec.layout).toMatchObject({ tidy: [0, 0], safe: [304, 0] });
  });

  it('add into a body', () => {
    const next = addNodes([{ id: 'more', type: 'python' }], { more: [9, 9] }, 'add', guard).apply(
      doc,
    );
    expect(nodesIn(next, guard).map((n) => n.id)).toEqual(['risky', 'more']);
    expect(nodeById(doc, 'more')).toBeUndefined();
  });

  it('keep the size of a container that is moved', () => {
    const large = resizeNode('each', [320, 0], [1203, 700]).apply(doc);
    expect(large.spec.layout?.each).toEqual([320, 0, 1200, 704]);
    expect(moveNodes({ each: [400, 8] }).apply(large).spec.layout?.each).toEqual([
      400, 8, 1200, 704,
    ]);
    expect(fitContainer('each').apply(large).spec.layout?.each).toEqual([320, 0]);
  });

  it('copy containers with what is in them under new ids', () => {
    const fragment = readFragment(copyNodes(doc, ['each', 'risky']));
    if (!fragment) throw new Error('no fragment');
    const { edit, ids } = pasteNodes(doc, fragment, { at: [0, 900] });
    const next = edit.apply(doc);
    expect(ids).toEqual(['each_2']);
    expect(node(next, 'each_2')).toMatchObject({
      in: { items: 'rows' },
      with: { result: 'guard_2.value' },
    });
    expect(node(next, 'risky_2').in).toEqual({ data: 'clean_2', row: 'item' });
    expect(node(next, 'done_2').with?.code).toBe('{{ nodes.clean_2.result }}');
    expect(next.spec.layout).toMatchObject({ each_2: [0, 904], clean_2: [0, 0] });
    const elsewhere = pasteNodes(doc, fragment, { at: [0, 0], body: guard }).edit.apply(doc);
    expect(containersOf(elsewhere, 'clean_2')).toEqual(['each_2', 'guard', 'each']);
  });

  it('duplicate beside the original and drop what a paste cannot see', () => {
    const copy = duplicateNodes(doc, ['risky']);
    const next = copy?.edit.apply(doc);
    expect(next && nodesIn(next, guard).map((n) => n.id)).toEqual(['risky', 'risky_2']);
    const fragment = readFragment(copyNodes(doc, ['risky']));
    const outside = fragment && pasteNodes(doc, fragment, {}).edit.apply(doc);
    expect(outside && node(outside, 'risky_2')).not.toHaveProperty('in');
  });
});

describe('problems of containers', () => {
  const codes = (in_: FlowDocument) =>
    quickProblems(in_, testIndex).map((p) => `${p.code}:${p.node}:${p.field}`);

  it('finds none where there is none', () => {
    expect(codes(doc)).toEqual([]);
  });

  it('sees empty bodies, hidden sources and ids used twice', () => {
    const empty = addNodes([{ id: 'm', type: 'control.map', in: { items: 'rows' } }], {}).apply(
      doc,
    );
    expect(codes(empty)).toEqual(['body_empty:m:nodes']);
    const wrong = addNodes([{ id: 'risky', type: 'python', in: { a: 'risky' } }], {}).apply(doc);
    expect(codes(wrong)).toContain('node_duplicate:risky:id');
    const hidden = addNodes([{ id: 'x', type: 'python', in: { a: 'risky', b: 'item' } }], {}).apply(
      doc,
    );
    expect(codes(hidden)).toEqual(['unseen_node:x:in.a', 'unknown_node:x:in.b']);
  });

  it('keeps what the server said of a container when only something in it changed', () => {
    const analysis = {
      problems: [{ severity: 'warning' as const, code: 'x', message: 'slow', node: 'each' }],
    };
    const next = renameNode('risky', 'bold').apply(doc);
    expect(mergeProblems(next, testIndex, analysis, doc).map((p) => p.message)).toEqual(['slow']);
    const other = setResult('each', 'clean').apply(doc);
    expect(mergeProblems(other, testIndex, analysis, doc)).toEqual([]);
  });
});

describe('the layout of containers', () => {
  const all = boxes(doc);
  const box = (id: string) => {
    const found = all.get(id);
    if (!found) throw new Error(`no ${id}`);
    return found;
  };

  it('makes every container as large as what is in it', () => {
    const inner = box('guard');
    expect(inner.sections.map((s) => s.field)).toEqual(['nodes', 'catch', 'finally']);
    expect(box('each').width).toBe(GROUP.padX + 304 + inner.width + GROUP.padRight);
    expect(box('each').height).toBeGreaterThan(inner.height);
    expect(box('risky').left).toBeGreaterThan(inner.left);
    expect(box('note').top).toBeGreaterThan(box('risky').top + box('risky').height);
  });

  it('never makes one smaller than that, and larger when asked', () => {
    const small = boxes(resizeNode('each', [320, 0], [10, 10]).apply(doc)).get('each');
    expect(small?.width).toBe(box('each').width);
    const large = boxes(resizeNode('each', [320, 0], [2400, 1600]).apply(doc)).get('each');
    expect(large).toMatchObject({ width: 2400, height: 1600 });
  });

  it('finds the body at a place', () => {
    const { left, top } = box('note');
    expect(bodyAt(all, [left + 5, top + 5])).toEqual({ container: 'guard', field: 'catch' });
    expect(bodyAt(all, [left + 5, top + 5], new Set(['guard']))).toEqual(each);
    expect(bodyAt(all, [-10, -10])).toBeNull();
  });

  it('shows a folded container as a card without what is in it', () => {
    const folded = boxes(doc, { folded: new Set(['each']) });
    expect(folded.has('clean')).toBe(false);
    expect(folded.get('each')?.width).toBe(224);
  });

  it('speaks of places within a body from its corner', () => {
    expect(positions(doc).guard).toEqual([304, 0]);
    const { left, top } = box('guard');
    expect(toBody(all, each, [left, top])).toEqual([304, 0]);
    expect(placeAfter(doc, 'clean')[1]).toBeGreaterThan(0);
    expect(freePlace(doc, [0, 0], { container: 'guard', field: 'catch' })[1]).toBeGreaterThan(0);
  });
});

describe('paths of steps', () => {
  const step = (path: string) => ({
    run_id: 'r',
    node_id: path,
    node_type: 'python',
    status: 'succeeded' as const,
    attempt: 1,
  });

  it('lead through the instances that are looked at', () => {
    expect(stepPath(doc, 'sum', {})).toBe('sum');
    expect(stepPath(doc, 'clean', {})).toBe('each[0]/clean');
    expect(stepPath(doc, 'note', { each: 12 })).toBe('each[12]/guard/note');
  });

  it('find the step of each node', () => {
    const byPath = Object.fromEntries(
      ['sum', 'each', 'each[0]/clean', 'each[7]/clean', 'each[7]/guard/risky'].map((path) => [
        path,
        step(path),
      ]),
    );
    expect(Object.keys(stepsOf(doc, byPath, {}))).toEqual(['each', 'clean', 'sum']);
    expect(stepsOf(doc, byPath, { each: 7 }).clean).toBe(byPath['each[7]/clean']);
    expect(stepsOf(doc, byPath, { each: 7 }).risky).toBe(byPath['each[7]/guard/risky']);
  });

  it('tell which items failed', () => {
    const bad = { ...step('each[4]/clean'), status: 'failed' as const };
    const each_ = {
      ...step('each'),
      outputs: { errors: { kind: 'value' as const, data: [{ index: 2, code: 'x' }] } },
    };
    expect(failedInstances(each_, { 'each[4]/clean': bad }, 'each')).toEqual([2, 4]);
  });

  it('are read back', () => {
    expect(instancesOfPath('each[12]/guard/loop[3]/x')).toEqual({ each: 12, loop: 3 });
    expect(nodeOfPath('each[12]/guard/note')).toBe('note');
    expect(parseStepPath('plain')).toEqual([{ node: 'plain', index: undefined }]);
  });
});
