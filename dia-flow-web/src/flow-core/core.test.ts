import { describe, expect, it } from 'vitest';
import { copyNodes, duplicateNodes, pasteNodes, readFragment } from './clipboard';
import { inputColumns } from './columns';
import { addNodes, setNodeField } from './edits';
import { pathBefore, suggest } from './expression';
import { testDocument, testIndex, testTypes } from './fixtures';
import { findCycle, upstreamOf } from './graph';
import { freeId, idForType, idProblem, slug } from './ids';
import { freePlace, positions, shiftRight } from './layout';
import { formatPath, getAt, normalPath, parsePath, setAt } from './paths';
import { fittingInput, outputPorts, whyNotConnect } from './ports';
import { isWholeExpression, referencesIn } from './references';
import { fieldsOf, helpFor, shownFields, takesExpression } from './schema';
import { nodeById } from './tree';
import type { NodeType, Step } from './types';
import { mergeProblems, quickProblems, saidIn } from './validate';

const known = { types: testIndex };

describe('ids', () => {
  it('finds short free ids', () => {
    expect(idForType(testDocument(), 'file.read')).toBe('read_2');
    expect(idForType(testDocument(), 'table.filter')).toBe('filter');
    expect(freeId(['a', 'a_2'], 'a_2')).toBe('a_3');
    expect(slug('2024 Señor Bericht!')).toBe('n_2024_sen_or_bericht');
  });
  it('says what is wrong with an id', () => {
    expect(idProblem(testDocument(), 'Read')).toBe('format');
    expect(idProblem(testDocument(), 'read')).toBe('taken');
    expect(idProblem(testDocument(), 'read', 'read')).toBe('');
  });
});

describe('connections', () => {
  const attempt = (source: string, sourcePort: string, target: string, targetPort: string) =>
    whyNotConnect(docs, testIndex, null, { source, sourcePort, target, targetPort });
  const docs = addNodes(
    [
      { id: 'web', type: 'http.request' },
      { id: 'code', type: 'python' },
      { id: 'second', type: 'file.read', with: { path: 'b.csv' } },
    ],
    {},
  ).apply(testDocument());

  it('allows what fits', () => {
    expect(attempt('second', 'table', 'costly', 'table')).toBeUndefined();
    expect(attempt('web', 'response', 'costly', 'table')).toBeUndefined();
    expect(attempt('report', 'file', 'code', '__new')).toBeUndefined();
    expect(attempt('read', 'table', 'report', '__after')).toBe('duplicate');
  });
  it('says why not', () => {
    expect(attempt('costly', 'table', 'costly', 'table')).toBe('self');
    expect(attempt('both', 'table', 'costly', 'table')).toBe('cycle');
    expect(attempt('read', 'table', 'costly', 'table')).toBe('duplicate');
    const files = addNodes([{ id: 'w', type: 'file.write' }], {}).apply(docs);
    expect(
      whyNotConnect(files, testIndex, null, {
        source: 'w',
        sourcePort: 'file',
        target: 'costly',
        targetPort: 'table',
      }),
    ).toBe('file_to_table');
    const types = new Map(testIndex).set('check', {
      ...(testTypes[0] as NodeType),
      outputs: [{ name: 'report', kind: 'value', object: true }],
    });
    const report = { source: 'c', sourcePort: 'report', target: 'costly', targetPort: 'table' };
    const checked = addNodes([{ id: 'c', type: 'check' }], {}).apply(docs);
    expect(whyNotConnect(checked, types, null, report)).toBe('object_to_table');
    expect(attempt('read', 'nothing', 'costly', 'table')).toBe('no_such_port');
  });
  it('prefers a free input of the same kind', () => {
    const join = testIndex.get('table.join');
    if (!join) throw new Error('no type');
    expect(fittingInput(join, 'table', { id: 'j', type: 'table.join', in: { left: 'read' } })).toBe(
      'right',
    );
    expect(fittingInput(join, 'file')).toBeUndefined();
  });
  it('adds an error output on request and follows the cases of a switch', () => {
    const filter = testIndex.get('table.filter');
    const ports = outputPorts({ id: 'f', type: 'table.filter', onError: 'port' }, filter);
    expect(ports.map((p) => p.name)).toEqual(['table', 'error']);
    const cases = outputPorts(
      { id: 's', type: 'control.switch', with: { cases: [{ name: 'big' }, {}] } },
      undefined,
    );
    expect(cases.map((p) => p.name)).toEqual(['big', 'default']);
  });
});

describe('graph', () => {
  it('walks upstream and finds cycles', () => {
    expect(upstreamOf(testDocument(), 'report').sort()).toEqual(['both', 'costly', 'read']);
    expect(findCycle(testDocument())).toEqual([]);
    const round = setNodeField('read', ['in'], { table: 'both' }).apply(testDocument());
    expect(findCycle(round)).toContain('both');
  });
});

describe('references', () => {
  it('sees them in expressions only', () => {
    expect(referencesIn('nodes.a {{ nodes.b.x + "nodes.c" + nodes["d"].y }}')).toEqual(['b', 'd']);
    expect(isWholeExpression(' {{ a }} ')).toBe(true);
    expect(isWholeExpression('{{ a }} {{ b }}')).toBe(false);
  });
});

describe('clipboard', () => {
  it('round-trips through text and keeps inner links inside', () => {
    const doc = testDocument();
    const fragment = readFragment(copyNodes(doc, ['read', 'costly']));
    if (!fragment) throw new Error('no fragment');
    const { edit, ids } = pasteNodes(doc, fragment, { at: [0, 400] });
    const next = edit.apply(doc);
    expect(ids).toEqual(['read_2', 'costly_2']);
    expect(nodeById(next, 'costly_2')?.in).toEqual({ table: 'read_2' });
    expect(nodeById(next, 'costly_2')?.with?.where).toContain('nodes.read_2.table');
    expect(next.spec.layout?.costly_2).toEqual([320, 400]);
  });
  it('keeps links to nodes that are there and drops others', () => {
    const copy = duplicateNodes(testDocument(), ['costly']);
    const next = copy?.edit.apply(testDocument());
    expect(next && nodeById(next, 'costly_2')?.in).toEqual({ table: 'read' });
    const foreign = readFragment(
      '{"kind":"dataflow/nodes","nodes":[{"id":"x","type":"python","in":{"a":"gone"}}]}',
    );
    if (!foreign) throw new Error('no fragment');
    const pasted = pasteNodes(testDocument(), foreign, {}).edit.apply(testDocument());
    expect(nodeById(pasted, 'x')).not.toHaveProperty('in');
  });
  it('takes a whole flow and refuses other text', () => {
    expect(
      readFragment('kind: Flow\nspec:\n  nodes:\n    - {id: a, type: python}')?.nodes,
    ).toHaveLength(1);
    expect(readFragment('hello')).toBeUndefined();
    expect(readFragment('a: [')).toBeUndefined();
  });
});

describe('layout', () => {
  it('keeps given places and lays the rest out by depth', () => {
    const doc = testDocument();
    delete doc.spec.layout;
    const at = positions(doc);
    expect(at.read?.[0]).toBeLessThan(at.costly?.[0] ?? 0);
    expect(at.costly?.[0]).toBeLessThan(at.both?.[0] ?? 0);
  });
  it('finds a free place and makes room', () => {
    expect(freePlace(testDocument(), [0, 0])[1]).toBeGreaterThan(80);
    expect(shiftRight(testDocument(), 'read', 'costly').report?.[0]).toBeGreaterThan(960);
  });
});

describe('paths', () => {
  it('reads, writes and normalises', () => {
    expect(formatPath(parsePath('with.columns[0].name'))).toBe('with.columns[0].name');
    expect(normalPath('with.columns.0.name')).toBe('with.columns[0].name');
    const value = setAt({ a: [{ b: 1 }] }, ['a', 0, 'b'], 2);
    expect(getAt(value, ['a', 0, 'b'])).toBe(2);
    expect(setAt({ a: 1, b: 2 }, ['a'], undefined)).toEqual({ b: 2 });
  });
});

describe('problems', () => {
  it('sees missing inputs, fields and nodes at once', () => {
    const doc = addNodes([{ id: 'f', type: 'table.filter', in: { other: 'gone' } }], {}).apply(
      testDocument(),
    );
    const codes = quickProblems(doc, testIndex).map((p) => `${p.code}:${p.field}`);
    expect(codes).toEqual([
      'input_missing:in.table',
      'unknown_node:in.other',
      'required:with.where',
    ]);
    const empty = quickProblems(doc, testIndex).find((p) => p.code === 'required');
    expect(empty && saidIn('zh', empty)).toBe('请填写“Condition”。');
  });
  it('speaks the language of who reads, where the server does', () => {
    const both = { severity: 'error' as const, code: 'x', message: 'open', message_zh: '未连接' };
    expect(saidIn('zh', both)).toBe('未连接');
    expect(saidIn('en', both)).toBe('open');
    expect(saidIn('zh', { severity: 'error', code: 'x', message: 'open' })).toBe('open');
  });
  it('keeps what the server said of nodes that did not change', () => {
    const analysed = testDocument();
    const analysis = {
      problems: [
        { severity: 'error' as const, code: 'x', message: 'old', node: 'read' },
        { severity: 'error' as const, code: 'y', message: 'kept', node: 'both' },
      ],
    };
    const doc = setNodeField('read', ['with'], undefined).apply(analysed);
    expect(mergeProblems(doc, testIndex, analysis, analysed).map((p) => p.message)).toEqual([
      'kept',
      'Path must be filled in.',
    ]);
  });
});

describe('schema', () => {
  it('turns shapes and hints into widgets in order', () => {
    const fields = fieldsOf({
      type: 'object',
      properties: {
        b: {
          type: 'array',
          items: { type: 'object', properties: { n: { type: 'string' } } },
          'x-order': 1,
        },
        a: { type: 'string', 'x-widget': 'sql', 'x-order': 0, 'x-zh': { title: '条件' } },
        c: { type: 'array', items: { type: 'string' }, 'x-widget': 'columns', 'x-order': 2 },
        d: { type: 'object', additionalProperties: { type: 'string' }, 'x-order': 3 },
        e: { anyOf: [{ type: 'integer' }, { type: 'null' }], 'x-order': 4 },
        f: { 'x-order': 5 },
        g: { type: 'string', 'x-widget': 'item', 'x-order': 6 },
        h: { 'x-widget': 'item', 'x-order': 7 },
        i: { type: 'string', 'x-widget': 'literal', 'x-order': 8 },
        j: { 'x-widget': 'text', 'x-order': 9 },
        k: { type: 'array', items: {}, 'x-widget': 'texts', 'x-order': 10 },
      },
    });
    expect(fields.map((f) => `${f.name}:${f.widget}`)).toEqual([
      'a:sql',
      'b:list',
      'c:columns',
      'd:keyvalue',
      'e:number',
      'f:json',
      'g:expression',
      'h:json',
      'i:literal',
      'j:text',
      'k:texts',
    ]);
    expect(fields.slice(5).map(takesExpression)).toEqual([true, false, false, true, true, true]);
    expect(fields[0]?.title).toEqual({ en: 'A', zh: '条件' });
  });

  it('shows the fields of a choice', () => {
    const all = fieldsOf({
      type: 'object',
      properties: {
        auth: { type: 'string', enum: ['none', 'basic', 'bearer'], default: 'none' },
        user: { type: 'string', 'x-when': { auth: ['basic'] } },
        either: { type: 'string', 'x-when': { auth: ['basic', 'bearer'] } },
      },
    });
    const shown = (values: Record<string, unknown>) =>
      shownFields(all, values).map((each) => each.name);
    expect(shown({})).toEqual(['auth']);
    expect(shown({ auth: 'basic' })).toEqual(['auth', 'user', 'either']);
    expect(shown({ auth: 'bearer' })).toEqual(['auth', 'either']);
  });
});

describe('expressions', () => {
  const labels = (path: string) =>
    suggest(testDocument(), 'report', path, known).map((s) => s.label);
  it('finds the path before the cursor, inside braces only', () => {
    expect(pathBefore('a {{ nodes.re', 13)).toEqual({ path: 'nodes.re', from: 11 });
    expect(pathBefore('a {{ b }} nodes.', 16)).toBeUndefined();
  });
  it('suggests params, upstream nodes, ports and properties', () => {
    expect(labels('params.')).toEqual(['min_cost']);
    expect(labels('nodes.').sort()).toEqual(['both', 'costly', 'read']);
    expect(labels('nodes.read.')).toEqual(['table']);
    expect(labels('nodes.read.table.')).toEqual(['rows', 'columns']);
    expect(suggest(testDocument(), 'read', 'nodes.', known)).toEqual([]);
  });
  it('suggests what an item has where a field is worked out for each', () => {
    const names = (path: string, extra = {}) =>
      suggest(testDocument(), 'costly', path, { ...known, ...extra }, true).map((s) => s.label);
    expect(names('it').slice(0, 2)).toEqual(['item', 'index']);
    expect(labels('it')).not.toContain('item');
    expect(names('item.')).toEqual([]);
    const step = { node_id: 'read', status: 'succeeded', attempt: 1 } as Step;
    const steps = {
      read: { ...step, outputs: { table: { kind: 'value', data: [{ a: { b: 1 } }, {}] } } },
    };
    expect(names('item.', { steps })).toEqual(['a']);
    expect(names('item.a.', { steps })).toEqual(['b']);
    const columns = [{ name: 'cost', type: 'BIGINT' }];
    expect(
      names('item.', { analysis: { nodes: { read: { columns: { table: columns } } } } }),
    ).toEqual(['cost']);
  });
  it('knows incoming columns from the analysis and from the last run', () => {
    const columns = [{ name: 'cost', type: 'BIGINT' }];
    const analysis = { nodes: { read: { columns: { table: columns } } } };
    expect(inputColumns(testDocument(), 'costly', { ...known, analysis })[0]?.columns).toEqual(
      columns,
    );
    const steps = {
      read: {
        run_id: 'r',
        node_id: 'read',
        node_type: 'file.read',
        status: 'succeeded' as const,
        attempt: 1,
        outputs: { table: { kind: 'table' as const, table: { columns, rows: 3 } } },
      },
    };
    expect(inputColumns(testDocument(), 'costly', { ...known, steps })[0]?.port).toBe('table');
  });
});

describe('fields that depend on others', () => {
  const fields = fieldsOf({
    type: 'object',
    properties: {
      check: { type: 'string', enum: ['range', 'set'], default: 'range', 'x-order': 0 },
      min: { type: 'number', 'x-when': { check: ['range'] }, 'x-order': 1 },
      set: { type: 'array', items: { type: 'string' }, 'x-when': { check: ['set'] }, 'x-order': 2 },
    },
  });
  const names = (values: unknown) => shownFields(fields, values).map((field) => field.name);

  it('shows what means something, by the default where nothing is chosen', () => {
    expect(names(undefined)).toEqual(['check', 'min']);
    expect(names({ check: 'set' })).toEqual(['check', 'set']);
  });

  it('shows all while the choice is an expression, and whatever holds a value', () => {
    expect(names({ check: '{{ params.check }}' })).toEqual(['check', 'min', 'set']);
    expect(names({ check: 'set', min: 0 })).toEqual(['check', 'min', 'set']);
  });
});

describe('help for a choice', () => {
  const options = ['trim', 'number', 'date', 'map'];
  const help =
    'What to do. trim: take blanks away. number, date: read them. map: 1:2, such as a: b';

  it('is about the chosen value', () => {
    expect(helpFor(help, 'trim', options)).toBe('What to do. Take blanks away');
    expect(helpFor(help, 'date', options)).toBe('What to do. Read them');
    expect(helpFor(help, 'map', options)).toBe('What to do. 1:2, such as a: b');
    expect(helpFor('trim：去除空白；number、date：识别；map：替换', 'number', options)).toBe(
      '识别',
    );
  });

  it('is all of it where it does not go through the values', () => {
    expect(helpFor('One of four', 'trim', options)).toBe('One of four');
    expect(helpFor(help, '{{ params.do }}', options)).toBe(help);
  });
});
