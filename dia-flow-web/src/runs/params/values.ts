import type { FlowParam } from '@/api';

export type Definitions = Record<string, FlowParam>;

/** What stands in a field: always a text, except for switches. */
export type Fields = Record<string, string | boolean>;

export function toFields(definitions: Definitions, values: Record<string, unknown>): Fields {
  const fields: Fields = {};
  for (const [name, definition] of Object.entries(definitions)) {
    const value = name in values ? values[name] : definition.default;
    if (definition.type === 'boolean') fields[name] = value === true;
    else if (value === undefined || value === null) fields[name] = '';
    else if (definition.type === 'datetime') fields[name] = localTime(String(value));
    else if (typeof value === 'object') fields[name] = JSON.stringify(value, null, 2);
    else fields[name] = String(value);
  }
  return fields;
}

export type ParamProblem = 'required' | 'number' | 'integer' | 'minimum' | 'maximum' | 'json';

/** What is wrong with a field, or undefined. */
export function checkField(
  definition: FlowParam,
  field: string | boolean,
): ParamProblem | undefined {
  if (typeof field === 'boolean') return undefined;
  const text = field.trim();
  if (text === '') {
    return definition.required && definition.default === undefined ? 'required' : undefined;
  }
  if (definition.type === 'number' || definition.type === 'integer') {
    const value = Number(text);
    if (!Number.isFinite(value)) return 'number';
    if (definition.type === 'integer' && !Number.isInteger(value)) return 'integer';
    if (definition.minimum !== undefined && value < definition.minimum) return 'minimum';
    if (definition.maximum !== undefined && value > definition.maximum) return 'maximum';
  }
  if (definition.type === 'object' || definition.type === 'array') {
    try {
      const value: unknown = JSON.parse(text);
      if (Array.isArray(value) !== (definition.type === 'array')) return 'json';
      if (typeof value !== 'object' || value === null) return 'json';
    } catch {
      return 'json';
    }
  }
  return undefined;
}

/** Values to start a run with; what is empty is left to the flow's defaults. */
export function toValues(definitions: Definitions, fields: Fields): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, definition] of Object.entries(definitions)) {
    const field = fields[name];
    if (typeof field === 'boolean') values[name] = field;
    else if (field !== undefined && field.trim() !== '') values[name] = parse(definition, field);
  }
  return values;
}

function parse(definition: FlowParam, text: string): unknown {
  switch (definition.type) {
    case 'number':
    case 'integer':
      return Number(text.trim());
    case 'datetime':
      return new Date(text).toISOString();
    case 'object':
    case 'array':
      return JSON.parse(text);
    default: {
      const listed = definition.enum?.find((value) => String(value) === text);
      return listed ?? text;
    }
  }
}

/** An instant as the browser's field for date and time takes it, in the time of this place. */
export function localTime(text: string): string {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return '';
  const two = (n: number) => String(n).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
