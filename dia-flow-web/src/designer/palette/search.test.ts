import { describe, expect, it } from 'vitest';
import { testDocument, testIndex, testTypes } from '@/flow-core/fixtures';
import { groupTypes, searchTypes, typesThatFit } from './search';

const request = { screen: { x: 0, y: 0 }, canvas: [0, 0] as [number, number] };
const names = (types: { name: string }[]) => types.map((type) => type.name);

describe('finding node types', () => {
  it('needs every word and puts titles first', () => {
    expect(names(searchTypes(testTypes, 'file wr'))).toEqual(['file.write']);
    expect(names(searchTypes(testTypes, 'table'))[0]).toMatch(/^table\./);
    expect(searchTypes(testTypes, 'nothing')).toEqual([]);
  });

  it('puts what is called just so before what only has the words', () => {
    const [first] = testTypes;
    if (!first) throw new Error('there are no types');
    const called = (name: string, title: string) => ({
      ...first,
      name,
      doc: { ...first.doc, title: { en: title, zh: '' } },
    });
    const types = [called('file.parse', 'Read table from file'), called('file.read', 'Read file')];
    expect(names(searchTypes(types, 'Read file'))).toEqual(['file.read', 'file.parse']);
    expect(names(searchTypes(types, 'file.parse'))).toEqual(['file.parse']);
    expect(names(searchTypes(types, 'read t'))).toEqual(['file.parse']);
  });

  it('groups in the order of a pipeline', () => {
    expect(groupTypes(testTypes).map((group) => group.family)).toEqual([
      'file',
      'table',
      'python',
      'control',
      'http',
    ]);
  });

  it('offers only what fits an output, tables first', () => {
    const from = { node: 'read', port: 'table', side: 'source' as const };
    const found = names(
      typesThatFit(testTypes, { ...request, from }, testDocument(), testIndex, null),
    );
    expect(found).not.toContain('file.read');
    expect(found).not.toContain('http.request');
    expect(found.slice(0, 4)).toEqual(['table.filter', 'table.join', 'table.union', 'file.write']);
  });

  it('offers only what can feed an input', () => {
    const from = { node: 'costly', port: 'table', side: 'target' as const };
    const found = names(
      typesThatFit(testTypes, { ...request, from }, testDocument(), testIndex, null),
    );
    expect(found).toContain('file.read');
    expect(found).not.toContain('file.write');
  });
});
