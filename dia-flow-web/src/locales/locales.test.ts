import { describe, expect, it } from 'vitest';

const files = import.meta.glob<{ default: object }>('./*/*.json', { eager: true });

type Texts = Map<string, string>;

function flatten(value: unknown, prefix = '', out: Texts = new Map()): Texts {
  if (typeof value === 'string') out.set(prefix, value);
  else
    for (const [key, child] of Object.entries(value as object)) {
      flatten(child, prefix ? `${prefix}.${key}` : key, out);
    }
  return out;
}

const areas = new Map<string, Record<string, Texts>>();
for (const [path, module] of Object.entries(files)) {
  // What the server says, it says in English itself.
  if (path.endsWith('/problems.json')) continue;
  const [, language = '', area = ''] = /\.\/(\w+)\/([\w-]+)\.json$/.exec(path) ?? [];
  areas.set(area, { ...areas.get(area), [language]: flatten(module.default) });
}

const names = (text: string) => [...text.matchAll(/{{\s*(\w+)/g)].map((match) => match[1]).sort();

describe.each([...areas])('texts of %s', (_, languages) => {
  const en = languages.en ?? new Map<string, string>();
  const zh = languages.zh ?? new Map<string, string>();

  it('are the same in both languages', () => {
    expect([...zh.keys()].sort()).toEqual([...en.keys()].sort());
  });

  it('have a singular where they count', () => {
    for (const [key, text] of en) {
      if (!/{{\w+}} (rows|columns|bytes|runs|steps|items|messages|documents)\b/.test(text))
        continue;
      expect(key, text).toMatch(/_other$/);
      expect(en.has(key.replace(/_other$/, '_one')), key).toBe(true);
    }
  });

  it('are not empty and take the same values', () => {
    for (const [key, text] of en) {
      expect(text.trim(), key).not.toBe('');
      expect(zh.get(key)?.trim(), key).not.toBe('');
      const chinese = new Set(names(zh.get(key) ?? ''));
      for (const name of chinese) {
        expect(names(text).includes(name) || name === 'count', `${key}: ${name}`).toBe(true);
      }
    }
  });
});
