import { describe, expect, it } from 'vitest';
import { checkField, type Definitions, toFields, toValues } from './values';

const definitions: Definitions = {
  cost: { type: 'number', default: 0, minimum: 0 },
  top: { type: 'integer', required: true },
  deep: { type: 'object' },
  on: { type: 'boolean', default: true },
  size: { type: 'integer', enum: [1, 2] },
};

describe('parameters', () => {
  it('begin with given values or defaults', () => {
    expect(toFields(definitions, { top: 3, deep: { a: 1 } })).toEqual({
      cost: '0',
      top: '3',
      deep: '{\n  "a": 1\n}',
      on: true,
      size: '',
    });
  });

  it('go back typed, the empty ones left out', () => {
    const fields = { cost: '1.5', top: '3', deep: '', on: false, size: '2' };
    expect(toValues(definitions, fields)).toEqual({ cost: 1.5, top: 3, on: false, size: 2 });
  });

  it('take and give instants', () => {
    const at: Definitions = { at: { type: 'datetime' } };
    const fields = toFields(at, { at: '2026-01-31T08:30:00Z' });
    expect(fields.at).toMatch(/^2026-01-31T\d\d:\d\d$|^2026-0[12]-\d\dT/);
    expect(toValues(at, fields)).toEqual({ at: '2026-01-31T08:30:00.000Z' });
  });

  it.each([
    ['cost', 'x', 'number'],
    ['cost', '-1', 'minimum'],
    ['top', '', 'required'],
    ['top', '1.5', 'integer'],
    ['deep', '[1]', 'json'],
    ['deep', '{', 'json'],
    ['deep', '{}', undefined],
    ['cost', '', undefined],
  ])('%s = "%s" is %s', (name, text, problem) => {
    const definition = definitions[name];
    expect(definition && checkField(definition, text)).toBe(problem);
  });
});
