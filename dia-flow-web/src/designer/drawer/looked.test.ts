import { describe, expect, it } from 'vitest';
import en from '@/locales/en/designer.json';
import { lookedText, lookedWhat } from './looked';

describe('what a preview was made of', () => {
  it('is a table or a collection on a connection, or a query of it', () => {
    expect(lookedWhat({ source: 'orders', connection: 'shop' })).toBe('orders · shop');
    expect(lookedWhat({ connection: 'shop' })).toBe('shop');
  });

  it.each([
    [{ objects: 3, of: 214 }, 'looked'],
    [{ objects: 3, of: 10_000, more: true }, 'looked_more'],
    [{ objects: 2, of: 2 }, 'looked_all'],
    [{ unit: 'rows', objects: 1000, of: 1000, more: true }, 'looked_rows_first'],
    [{ unit: 'rows', objects: 0, of: 0, more: true }, 'looked_columns'],
    [{ unit: 'rows', objects: 0, of: 0 }, 'looked_rows_whole'],
    [{ unit: 'documents', objects: 1000, of: 1000, more: true }, 'looked_documents_first'],
    [{ unit: 'documents', objects: 7, of: 7 }, 'looked_documents_whole'],
    [{ unit: 'messages', objects: 100, of: 100, more: true }, 'looked_messages_first'],
    [{ unit: 'messages', objects: 7, of: 7 }, 'looked_messages_whole'],
    [{ unit: 'messages', objects: 0, of: 0, more: true }, 'looked_columns'],
    [{ unit: 'columns', objects: 0, of: 0, more: true }, 'looked_fixed'],
  ] as const)('says for %o how much it is', (looked, text) => {
    expect(lookedText(looked)).toBe(`preview.${text}`);
    expect(Object.keys(en.preview).some((key) => key === text || key === `${text}_other`)).toBe(
      true,
    );
  });
});
