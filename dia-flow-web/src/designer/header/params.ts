import type { Param } from '@/flow-core';

export type ParamProblem = 'required' | 'integer' | 'minimum' | 'maximum' | 'json' | undefined;

/** What a form's value means as the parameter's type; a text that is no JSON stays a text and is a problem. */
export function readParam(param: Param, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (param.type === 'object' || param.type === 'array') {
    if (value.trim() === '') return undefined;
    try {
      return JSON.parse(value);
    } catch {
      return value;
    }
  }
  if (param.type === 'datetime' && value) {
    const date = new Date(value);
    return Number.isNaN(date.getTime()) ? value : date.toISOString();
  }
  return value;
}

/** Whether a run cannot begin without a value: a default stands in for one, and a switch always has one. */
export function isNeeded(param: Param): boolean {
  return (param.required ?? false) && param.default === undefined && param.type !== 'boolean';
}

export function checkParam(param: Param, raw: unknown): ParamProblem {
  const value = readParam(param, raw);
  if (value === undefined || value === null || value === '') {
    return isNeeded(param) ? 'required' : undefined;
  }
  if (param.type === 'object' || param.type === 'array') {
    const fits =
      param.type === 'array'
        ? Array.isArray(value)
        : typeof value === 'object' && !Array.isArray(value);
    return fits ? undefined : 'json';
  }
  if (typeof value === 'number') {
    if (param.type === 'integer' && !Number.isInteger(value)) return 'integer';
    if (param.minimum !== undefined && value < param.minimum) return 'minimum';
    if (param.maximum !== undefined && value > param.maximum) return 'maximum';
  }
  return undefined;
}
