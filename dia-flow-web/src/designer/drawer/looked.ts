import type { NodePreview } from '@/api';

type Looked = NonNullable<NodePreview['looked']>[number];

/** What was looked at, such as orders · shop. */
export function lookedWhat(looked: Pick<Looked, 'source' | 'connection'>) {
  return [looked.source, looked.connection].filter(Boolean).join(' · ');
}

/** The text that says of how much of a source how much was read. */
export function lookedText(looked: Pick<Looked, 'unit' | 'objects' | 'of' | 'more'>) {
  if (looked.unit === 'columns') return 'preview.looked_fixed';
  if (looked.unit) {
    if (looked.more && !looked.objects) return 'preview.looked_columns';
    const part = looked.more ? 'first' : 'whole';
    return `preview.looked_${looked.unit}_${part}` as const;
  }
  if (looked.more) return 'preview.looked_more';
  return looked.objects < looked.of ? 'preview.looked' : 'preview.looked_all';
}
