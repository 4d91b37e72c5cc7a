import { describe, expect, it } from 'vitest';
import type { FlowNode, Step } from '@/flow-core';
import { argumentOf, originsOf, parametersOf, startsGiven, surroundingsOf } from './samples';

const node = {
  id: 'work',
  type: 'python',
  in: { orders: 'read', extra: 'other.rest' },
  with: { args: { least: '{{ params.least }}', fixed: [1, '{{ x }}'] } },
} as unknown as FlowNode;

const table = { kind: 'table', artifact: { id: 'a'.repeat(64), size: 1 } };
const steps = {
  read: { outputs: { table } },
  other: { outputs: { first: { kind: 'value', data: 1 }, rest: { kind: 'value', data: [2] } } },
} as unknown as Record<string, Step>;

const schema = {
  properties: {
    orders: { 'x-kind': 'table' },
    least: { type: 'number', default: 10 },
    note: { type: 'string', default: 'x' },
    needed: {},
  },
  required: ['orders', 'needed'],
};

const found = () => Object.fromEntries(parametersOf(node, schema, steps).map((p) => [p.name, p]));
const evaluate = async (text: string) => `= ${text}`;

describe('parameters of main in a test', () => {
  it('come from the signature, the inputs and the arguments', () => {
    expect(Object.keys(found())).toEqual(['orders', 'least', 'note', 'needed', 'extra', 'fixed']);
    const { orders, least, note, needed, extra } = found();
    expect(orders && originsOf(orders)).toEqual(['run', 'sample']);
    expect(least && originsOf(least)).toEqual(['argument', 'sample']);
    expect(extra?.fromRun).toEqual({ kind: 'value', data: [2] });
    expect(note && startsGiven(note)).toBe(false);
    expect(needed && startsGiven(needed)).toBe(true);
    expect(least?.start).toBe('10');
  });

  it('become what the server takes', async () => {
    const { orders, least, extra, fixed, needed } = found();
    if (!orders || !least || !extra || !fixed || !needed) throw new Error('missing');
    expect(await argumentOf(orders, 'run', '', evaluate)).toEqual({
      kind: 'table',
      artifact: 'a'.repeat(64),
    });
    expect(await argumentOf(least, 'argument', '', evaluate)).toEqual({
      kind: 'value',
      value: '= {{ params.least }}',
    });
    expect(await argumentOf(fixed, 'argument', '', evaluate)).toEqual({
      kind: 'value',
      value: [1, '= {{ x }}'],
    });
    expect(await argumentOf(extra, 'run', '', evaluate)).toEqual({ kind: 'value', value: [2] });
    expect(await argumentOf(needed, 'sample', '{"a": 1}', evaluate)).toEqual({
      kind: 'value',
      value: { a: 1 },
    });
    await expect(argumentOf(needed, 'sample', '{a', evaluate)).rejects.toThrow();
  });

  it('come with the variables and limits of the node', async () => {
    const busy = {
      ...node,
      with: {
        environment: 'reports',
        env: { MODE: 'trial', KEY: '{{ params.key }}', N: 3, NONE: null },
        timeout: '1m30s',
        memory_mib: 256,
      },
    } as unknown as FlowNode;
    expect(await surroundingsOf(busy, evaluate)).toEqual({
      environment: 'reports',
      env: { MODE: 'trial', KEY: '= {{ params.key }}', N: '3', NONE: '' },
      timeout_seconds: 90,
      memory_mib: 256,
    });
    expect(await surroundingsOf(undefined, evaluate)).toEqual({});
    const later = { ...busy, with: { timeout: '{{ params.limit }}' } } as unknown as FlowNode;
    expect(await surroundingsOf(later, async () => '1d')).toEqual({ timeout_seconds: 86_400 });
  });

  it('are none without a signature', () => {
    expect(parametersOf(undefined, undefined, {})).toEqual([]);
  });
});
