import { expect, it } from 'vitest';
import { nestedDocument } from '@/flow-core/fixtures';
import { runEdges } from './runEdges';

it('leads from card to card, and keeps what comes from one card together', () => {
  const edges = runEdges(nestedDocument(), (node) => node === 'sum');
  expect(edges.length).toBeGreaterThan(2);
  expect(edges.every((edge) => edge.type === 'run')).toBe(true);
  expect(edges.filter((edge) => edge.animated).map((edge) => edge.target)).toContain('sum');
  const lanes = new Map(edges.map((edge) => [edge.source, edge.data?.lane]));
  expect(edges.every((edge) => edge.data?.lane === lanes.get(edge.source))).toBe(true);
  expect(new Set(lanes.values()).size).toBe(lanes.size);
});
