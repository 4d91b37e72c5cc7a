import { describe, expect, it } from 'vitest';
import en from '@/locales/en/designer.json';
import zh from '@/locales/zh/designer.json';

function paths(value: unknown, prefix = ''): string[] {
  if (value === null || typeof value !== 'object') return [prefix];
  return Object.entries(value).flatMap(([key, item]) =>
    paths(item, prefix ? `${prefix}.${key}` : key),
  );
}

const sources = import.meta.glob<string>(
  ['./**/*.{ts,tsx}', '../charts/*.{ts,tsx}', '../python-editor/*.{ts,tsx}'],
  { query: '?raw', import: 'default', eager: true },
);

describe('texts of the designer', () => {
  it('are the same in both languages', () => {
    expect(paths(zh).sort()).toEqual(paths(en).sort());
  });

  it('are all there', () => {
    const known = new Set(paths(en).map((path) => path.replace(/_(one|other)$/, '')));
    const missing = Object.entries(sources).flatMap(([file, text]) =>
      [...text.matchAll(/\bt\('([\w.]+)'/g)]
        .map(([, key = '']) => key)
        .filter((key) => !known.has(key))
        .map((key) => `${file}: ${key}`),
    );
    expect(missing).toEqual([]);
  });
});
