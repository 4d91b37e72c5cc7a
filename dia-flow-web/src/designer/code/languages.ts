import { json } from '@codemirror/lang-json';
import { python } from '@codemirror/lang-python';
import { StandardSQL, sql } from '@codemirror/lang-sql';
import { yaml } from '@codemirror/lang-yaml';
import type { Extension } from '@codemirror/state';

export type Language = 'sql' | 'python' | 'yaml' | 'json';

const make: Record<Language, () => Extension> = {
  sql: () => sql({ dialect: StandardSQL, upperCaseKeywords: true }).language,
  python: () => python().language,
  yaml,
  json,
};

/** Only the language itself: completion comes from the flow, not from a word list. */
export function languageSupport(language: Language): Extension {
  return make[language]();
}
