/** Paths such as with.columns[0].name, in the notation that the server uses for the place of a problem. */

export type Path = readonly (string | number)[];

export function formatPath(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text ? `${text}.${part}` : part;
  }, '');
}

export function parsePath(text: string): Path {
  const parts: (string | number)[] = [];
  for (const [, index, name] of text.matchAll(/\[(\d+)\]|([^.[\]]+)/g)) {
    if (index !== undefined) parts.push(Number(index));
    else if (name !== undefined) parts.push(name);
  }
  return parts;
}

/** Brings with.columns.0.name and with.columns[0].name to one form. */
export function normalPath(text: string): string {
  return formatPath(
    parsePath(text).map((part) => (/^\d+$/.test(String(part)) ? Number(part) : part)),
  );
}

/** Says whether a problem at field belongs to path or to something inside it. */
export function isAtOrBelow(field: string, path: string): boolean {
  return field === path || field.startsWith(`${path}.`) || field.startsWith(`${path}[`);
}

export function getAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, part) => {
    if (at === null || typeof at !== 'object') return undefined;
    return (at as Record<string | number, unknown>)[part];
  }, value);
}

/** A copy of value with one place changed; undefined removes the place. */
export function setAt(value: unknown, path: Path, next: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return next;
  if (typeof head === 'number') {
    const list = Array.isArray(value) ? [...value] : [];
    list[head] = setAt(list[head], rest, next);
    return list;
  }
  const object: Record<string, unknown> =
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? { ...(value as Record<string, unknown>) }
      : {};
  const changed = setAt(object[head], rest, next);
  if (changed === undefined) delete object[head];
  else object[head] = changed;
  return object;
}
