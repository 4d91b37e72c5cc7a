/** What a column's values are to the eye: numbers stand right, times and texts left. */
export type Family = 'number' | 'boolean' | 'time' | 'text' | 'nested' | 'binary';

const numbers =
  /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|U?INT(EGER)?\d*|FLOAT\d?|REAL|DOUBLE|DECIMAL|NUMERIC)\b/;

export function family(sqlType: string): Family {
  const type = sqlType.toUpperCase().trim();
  if (type.endsWith(']') || /^(STRUCT|MAP|LIST|UNION|JSON)\b/.test(type)) return 'nested';
  if (numbers.test(type)) return 'number';
  if (/^BOOL/.test(type)) return 'boolean';
  if (/^(DATE|TIME|TIMESTAMP|INTERVAL)/.test(type)) return 'time';
  if (/^(BLOB|BYTEA|VARBINARY|BIT)/.test(type)) return 'binary';
  return 'text';
}

/** The short name of a type for a header: BIGINT → int, VARCHAR → text. */
export function shortType(sqlType: string): string {
  const type = sqlType.toUpperCase().trim();
  if (/INT/.test(type) && family(type) === 'number') return 'int';
  if (/^(DOUBLE|FLOAT|REAL)/.test(type)) return 'float';
  if (/^(DECIMAL|NUMERIC)/.test(type)) return 'decimal';
  if (/^(VARCHAR|CHAR|TEXT|STRING)/.test(type)) return 'text';
  if (/^BOOL/.test(type)) return 'bool';
  if (/^TIMESTAMP/.test(type)) return 'timestamp';
  return type.toLowerCase().replace(/\(.*$/, '');
}

/** A cell as text, for showing and for copying. null is for the caller to style. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') {
    return String(value);
  }
  return JSON.stringify(value);
}

/** Timestamps as people read them: 2024-05-01T10:00:00Z → 2024-05-01 10:00:00. */
export function timeText(value: string, sqlType: string): string {
  const text = value
    .replace(/^(\d{4}-\d{2}-\d{2})T/, '$1 ')
    .replace(/(\.\d*?)0+(?=Z|[+-]\d|$)/, '$1');
  const trimmed = text.replace(/\.(?=Z|[+-]\d|$)/, '');
  const zoned = /WITH TIME ZONE|TIMESTAMPTZ/i.test(sqlType);
  if (/^DATE$/i.test(sqlType)) return trimmed.slice(0, 10);
  return zoned ? trimmed : trimmed.replace(/Z$/, '');
}

const glyph = 7.4; // average width of a character at the grid's font size
const minWidth = 88;
const maxWidth = 340;

/** A first width for a column, from its name, its type and some of its values. */
export function columnWidth(name: string, sqlType: string, sample: unknown[]): number {
  let longest = Math.max(name.length + 5, shortType(sqlType).length + 2);
  for (const value of sample) longest = Math.max(longest, cellText(value).length);
  const around = family(sqlType) === 'time' ? 30 : 24; // digits are wider than letters are on average
  return Math.round(Math.min(maxWidth, Math.max(minWidth, longest * glyph + around)));
}
