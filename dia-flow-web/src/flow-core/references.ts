/** References to nodes inside `{{ … }}`: finding and renaming them without touching other text. */

const TEMPLATE = /\{\{([\s\S]*?)\}\}/g;

/** A string literal, or nodes.<id> / nodes["<id>"]. Literals are matched first, so that text in quotes is left alone. */
const REFERENCE =
  /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|(?<![\w.$])nodes\s*(?:\??\.\s*([A-Za-z_]\w*)|\[\s*(["'])([A-Za-z_]\w*)\2\s*\])/g;

function mapExpression(code: string, rename: (id: string) => string): string {
  return code.replace(REFERENCE, (match, dotted?: string, _quote?: string, indexed?: string) => {
    const id = dotted ?? indexed;
    if (!id) return match;
    const at = match.lastIndexOf(id);
    return match.slice(0, at) + rename(id) + match.slice(at + id.length);
  });
}

export function isTemplate(value: unknown): value is string {
  return typeof value === 'string' && value.includes('{{');
}

/** Says whether the text is one expression and nothing else; such a field keeps the expression's type. */
export function isWholeExpression(value: unknown): value is string {
  return typeof value === 'string' && /^\s*\{\{(?:(?!\}\})[\s\S])*\}\}\s*$/.test(value);
}

/** Ids of the nodes that a text refers to. */
export function referencesIn(text: string): string[] {
  const found = new Set<string>();
  for (const [, code = ''] of text.matchAll(TEMPLATE)) {
    mapExpression(code, (id) => {
      found.add(id);
      return id;
    });
  }
  return [...found];
}

/** Ids of the nodes that any string below value refers to. */
export function referencesInValue(value: unknown): string[] {
  const found = new Set<string>();
  mapStrings(value, (text) => {
    for (const id of referencesIn(text)) found.add(id);
    return text;
  });
  return [...found];
}

export function renameInText(text: string, rename: (id: string) => string): string {
  if (!text.includes('{{')) return text;
  return text.replace(TEMPLATE, (_match, code: string) => `{{${mapExpression(code, rename)}}}`);
}

/** Renames references in every string below value; parts that stay the same keep their identity. */
export function renameInValue<T>(value: T, rename: (id: string) => string): T {
  return mapStrings(value, (text) => renameInText(text, rename)) as T;
}

function mapStrings(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) {
    const next = value.map((item) => mapStrings(item, map));
    return next.some((item, i) => item !== value[i]) ? next : value;
  }
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value);
    const next = entries.map(([key, item]) => [key, mapStrings(item, map)] as const);
    return next.some(([, item], i) => item !== entries[i]?.[1]) ? Object.fromEntries(next) : value;
  }
  return value;
}
