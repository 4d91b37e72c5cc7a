import { describe, expect, it } from 'vitest';
import { sqlOf } from './SqlView';

describe('the SQL of a step', () => {
  it('is one text or several statements, and nothing where there is none', () => {
    expect(sqlOf({ sql: 'SELECT 1' })).toBe('SELECT 1');
    expect(sqlOf({ sql: ['BEGIN', 'COMMIT'] })).toBe('BEGIN;\n\nCOMMIT');
    for (const details of [undefined, {}, { sql: '' }, { sql: [] }, { sql: 7 }, { rows: 1 }]) {
      expect(sqlOf(details)).toBeUndefined();
    }
  });
});
