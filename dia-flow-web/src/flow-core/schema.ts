import type { JsonSchema } from './types';

export type Widget =
  | 'text'
  | 'textarea'
  | 'literal'
  | 'number'
  | 'boolean'
  | 'enum'
  | 'sql'
  | 'document'
  | 'python'
  | 'code'
  | 'expression'
  | 'column'
  | 'type'
  | 'password'
  | 'sealed'
  | 'environment'
  | 'connection'
  | 'columns'
  | 'stored'
  | 'file'
  | 'keyvalue'
  | 'list'
  | 'texts'
  | 'object'
  | 'json';

/** One field of a form, as a node's configuration schema describes it. */
export interface FieldSpec {
  name: string;
  widget: Widget;
  /** The widget that the type asked for, when it means more than the field's shape, such as column. */
  hint: string;
  title: { en: string; zh: string };
  help: { en: string; zh: string };
  required: boolean;
  schema: JsonSchema;
  default?: unknown;
  example?: unknown;
  options?: string[];
  /** Values of fields beside it with which it means something; always when there are none. */
  when?: Record<string, string[]>;
  /** Few need it: it is folded away until it is set. */
  more?: boolean;
}

const DIRECT = new Set<string>([
  'textarea',
  'literal',
  'sql',
  'document',
  'python',
  'code',
  'expression',
  'column',
  'type',
  'password',
  'sealed',
  'environment',
  'connection',
  'columns',
  'stored',
  'file',
  'keyvalue',
  'json',
]);

/** Follows references inside one schema. */
export function resolveSchema(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const ref = schema.$ref;
  if (!ref?.startsWith('#/$defs/')) return schema;
  const target = root.$defs?.[ref.slice('#/$defs/'.length)];
  if (!target) return schema;
  const { $ref: _, ...own } = schema;
  return { ...resolveSchema(target, root), ...own };
}

export function typeOf(schema: JsonSchema): string {
  if (Array.isArray(schema.type)) return schema.type.find((type) => type !== 'null') ?? '';
  if (schema.type) return schema.type;
  const options = (schema.anyOf ?? schema.oneOf ?? []).map(typeOf).filter((t) => t && t !== 'null');
  return new Set(options).size === 1 ? (options[0] ?? '') : '';
}

function widgetOf(schema: JsonSchema, root: JsonSchema): Widget {
  const hint = schema['x-widget'] ?? '';
  const type = typeOf(schema);
  if (type === 'array' && hint !== 'columns' && hint !== 'stored') {
    const item = resolveSchema(schema.items ?? {}, root);
    if (typeOf(item) === 'object' && item.properties) return 'list';
    if (hint === 'json' || hint === 'texts') return hint;
    const itemType = typeOf(item);
    return itemType === 'string' || itemType === 'number' || itemType === 'integer'
      ? 'texts'
      : 'json';
  }
  if (hint === 'item') return type === 'string' ? 'expression' : 'json';
  if (DIRECT.has(hint)) return hint as Widget;
  // A value of any type that is written as a text, such as a default for a column.
  if (hint === 'text' && type === '') return 'text';
  if (schema.enum) return 'enum';
  switch (type) {
    case 'boolean':
      return 'boolean';
    case 'number':
    case 'integer':
      return 'number';
    case 'string':
      return 'text';
    case 'object':
      return schema.properties ? 'object' : 'keyvalue';
    default:
      return 'json';
  }
}

function humanize(name: string): string {
  const words = name
    .replace(/[_-]+/g, ' ')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function orderOf(root: JsonSchema, names: string[]): string[] {
  const order = root['x-order'];
  if (Array.isArray(order)) {
    return [...order.filter((n) => names.includes(n)), ...names.filter((n) => !order.includes(n))];
  }
  const rank = (name: string) => {
    const own = root.properties?.[name]?.['x-order'];
    return typeof own === 'number' ? own : Number.MAX_SAFE_INTEGER;
  };
  return [...names].sort((a, b) => rank(a) - rank(b));
}

/** The fields of an object schema in the order in which the type declares them. */
export function fieldsOf(schema: JsonSchema, root: JsonSchema = schema): FieldSpec[] {
  const object = resolveSchema(schema, root);
  const names = Object.keys(object.properties ?? {});
  return orderOf(object, names).map((name) => {
    const own = resolveSchema(object.properties?.[name] ?? {}, root);
    const widget = widgetOf(own, root);
    const title = own.title ?? humanize(name);
    const help = own.description ?? '';
    const spec: FieldSpec = {
      name,
      widget,
      hint: own['x-widget'] ?? '',
      title: { en: title, zh: own['x-zh']?.title ?? title },
      help: { en: help, zh: own['x-zh']?.description ?? help },
      required: object.required?.includes(name) ?? false,
      schema: own,
    };
    if (own.default !== undefined) spec.default = own.default;
    const example = own.examples?.[0] ?? own.example;
    if (example !== undefined) spec.example = example;
    if (own['x-more']) spec.more = true;
    if (own['x-when']) spec.when = own['x-when'];
    if (own.enum) spec.options = own.enum.map(String);
    return spec;
  });
}

/** The fields that mean something beside the values of the others, and those that hold a value all the same. */
export function shownFields(fields: FieldSpec[], values: unknown): FieldSpec[] {
  const given = (values !== null && typeof values === 'object' ? values : {}) as Record<
    string,
    unknown
  >;
  return fields.filter((field) => !isEmptyValue(given[field.name]) || holds(field, fields, given));
}

/** Whether a field says something else than it would when it were left out. */
export function isSet(field: FieldSpec, values: unknown): boolean {
  const given = (values as Record<string, unknown> | null | undefined)?.[field.name];
  return !isEmptyValue(given) && JSON.stringify(given) !== JSON.stringify(field.default);
}

function holds(field: FieldSpec, fields: FieldSpec[], given: Record<string, unknown>): boolean {
  return Object.entries(field.when ?? {}).every(([name, allowed]) => {
    const value = given[name] ?? fields.find((each) => each.name === name)?.default;
    return (typeof value === 'string' && value.includes('{{')) || allowed.includes(String(value));
  });
}

/**
 * The part of a help text that is about the chosen value, where the text goes through all of them: "trim: … missing: …".
 * What stands in front of that is kept.
 */
export function helpFor(help: string, value: unknown, options: string[] | undefined): string {
  if (!options || options.length < 3) return help;
  const known = new Set(options);
  const parts: { names: string[]; from: number; text: number }[] = [];
  for (const match of help.matchAll(/(^|[.。;；]\s*)([\w]+(?:(?:,\s*|、)[\w]+)*)[:：]\s*/g)) {
    const names = (match[2] ?? '').split(/,\s*|、/);
    if (!names.every((name) => known.has(name))) continue;
    parts.push({
      names,
      from: match.index + (match[1] ?? '').length,
      text: match.index + match[0].length,
    });
  }
  const at = parts.findIndex((part) => part.names.includes(String(value)));
  if (parts.length < 2 || at < 0) return help;
  const end = parts[at + 1]?.from ?? help.length;
  const own = help.slice(parts[at]?.text, end).replace(/[\s.。;；]+$/, '');
  return `${help.slice(0, parts[0]?.from)}${own.charAt(0).toUpperCase()}${own.slice(1)}`;
}

/** Fields of this kind hold code that is never interpreted as an expression as a whole, or are one by themselves. */
export function takesExpression(spec: FieldSpec): boolean {
  return (
    spec.hint !== 'item' &&
    !['sql', 'document', 'python', 'code', 'list', 'object', 'keyvalue', 'file'].includes(
      spec.widget,
    )
  );
}

export function isEmptyValue(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value === '' ||
    (Array.isArray(value) && value.length === 0)
  );
}
