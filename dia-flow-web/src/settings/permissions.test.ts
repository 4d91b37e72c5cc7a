import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import en from '../locales/en/settings.json';

it('has a name for every permission that the server gives', () => {
  const source = readFileSync('../ide-go-lib/auth/permission.go', 'utf8');
  const given = [...source.matchAll(/ Permission = "(\w+\.\w+)"/g)].map(([, name]) => name);
  expect(given).toContain('run.approve');
  expect(Object.keys(en.permission).sort()).toEqual(given.sort());
});
