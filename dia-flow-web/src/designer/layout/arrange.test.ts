import { describe, expect, it } from 'vitest';
import { boxes, setLayout } from '@/flow-core';
import { nestedDocument } from '@/flow-core/fixtures';
import { arrange, levelsOf } from './arrange';

/** All in one row, in the order in which they are given. */
const row = async (nodes: readonly { id: string; width: number }[]) => {
  let x = 0;
  return Object.fromEntries(
    nodes.map(({ id, width }): [string, [number, number]] => {
      const at = x;
      x += width + 10;
      return [id, [at, 0]];
    }),
  );
};

describe('arranging', () => {
  const doc = nestedDocument();
  const level = levelsOf(doc, boxes(doc));

  it('lifts edges to the containers that they lead into', () => {
    expect(level.edges.map((e) => `${e.source}>${e.target}`).sort()).toEqual([
      'each>sum',
      'rates>each',
      'rows>each',
    ]);
    const each = level.nodes.find((node) => node.id === 'each')?.bodies?.[0]?.level;
    expect(each?.edges.map((e) => `${e.source}>${e.target}`).sort()).toEqual([
      'clean>guard',
      'clean>guard',
    ]);
  });

  it('makes containers as large as what is in them, so that nothing overlaps', async () => {
    const places = await arrange(level, row);
    const after = boxes(setLayout(places).apply(doc));
    const each = after.get('each');
    const sum = after.get('sum');
    expect(sum?.left).toBe((each?.left ?? 0) + (each?.width ?? 0) + 10);
    const guard = after.get('guard');
    expect((guard?.left ?? 0) + (guard?.width ?? 0)).toBeLessThan(
      (each?.left ?? 0) + (each?.width ?? 0),
    );
  });
});
