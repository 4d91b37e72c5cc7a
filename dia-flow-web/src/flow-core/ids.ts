import { indexOf } from './tree';
import type { FlowDocument } from './types';

const ID = /^[a-z][a-z0-9_]*$/;

/** Words of the expression language, which could not be written as nodes.<id>. */
const RESERVED = new Set(
  'true false nil null not and or in let if else matches contains startsWith endsWith item index'.split(
    ' ',
  ),
);

/** What is wrong with an id, as a message key; empty when nothing is. */
export function idProblem(
  doc: FlowDocument,
  id: string,
  current?: string,
): '' | 'format' | 'reserved' | 'taken' {
  if (!ID.test(id) || id.length > 64) return 'format';
  if (RESERVED.has(id)) return 'reserved';
  if (id !== current && indexOf(doc).has(id)) return 'taken';
  return '';
}

/** Turns any text into something that may be an id. */
export function slug(text: string): string {
  const plain = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  const led = /^[a-z]/.test(plain) ? plain : plain && `n_${plain}`;
  return led.slice(0, 48).replace(/_+$/, '');
}

/** The wanted id itself, or with the first free number behind it. */
export function freeId(taken: Iterable<string>, wanted: string): string {
  const used = new Set(taken);
  const base = slug(wanted) || 'node';
  if (!used.has(base)) return base;
  const stem = base.replace(/_\d+$/, '');
  for (let n = 2; ; n++) {
    const id = `${stem}_${n}`;
    if (!used.has(id)) return id;
  }
}

/** A free id for a node, which no word of the expression language may be. */
export function freeNodeId(taken: Iterable<string>, wanted: string): string {
  return freeId([...taken, ...RESERVED], wanted);
}

const STEMS: Record<string, string> = {
  'file.read': 'read',
  'file.write': 'write',
  'http.request': 'request',
  'control.if': 'check',
  'control.map': 'each',
  'control.flow': 'subflow',
  'value.set': 'value',
};

/** A short id for a new node of a type: table.filter becomes filter, then filter_2. Others may be taken as well. */
export function idForType(doc: FlowDocument, type: string, taken: readonly string[] = []): string {
  const stem = STEMS[type] ?? type.slice(type.lastIndexOf('.') + 1);
  return freeNodeId([...indexOf(doc).keys(), ...taken], stem);
}
