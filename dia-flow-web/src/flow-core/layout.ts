import { allEdges } from './graph';
import type { FlowDocument, Position } from './types';

/** Size of a node card on the canvas, and the room around it. */
export const CARD = { width: 224, height: 72, gapX: 80, gapY: 56 };

const COLUMN = CARD.width + CARD.gapX;
const ROW = CARD.height + CARD.gapY;

/** Positions of all nodes: those of the document, and for the rest a column by depth. */
export function positions(doc: FlowDocument): Record<string, Position> {
  const result: Record<string, Position> = {};
  const missing: string[] = [];
  for (const node of doc.spec.nodes) {
    const at = doc.spec.layout?.[node.id];
    if (at && Number.isFinite(at[0]) && Number.isFinite(at[1])) {
      result[node.id] = [at[0] ?? 0, at[1] ?? 0];
    } else {
      missing.push(node.id);
    }
  }
  if (missing.length === 0) return result;
  const placed = Object.values(result);
  const base = placed.length > 0 ? Math.max(...placed.map((p) => p[1])) + ROW : 0;
  const depth = depths(doc);
  const filled = new Map<number, number>();
  for (const id of missing) {
    const column = depth.get(id) ?? 0;
    const row = filled.get(column) ?? 0;
    filled.set(column, row + 1);
    result[id] = [column * COLUMN, base + row * ROW];
  }
  return result;
}

function depths(doc: FlowDocument): Map<string, number> {
  const sources = new Map<string, string[]>();
  for (const edge of allEdges(doc)) {
    sources.set(edge.target, [...(sources.get(edge.target) ?? []), edge.source]);
  }
  const known = new Map<string, number>();
  const open = new Set<string>();
  const depth = (id: string): number => {
    const seen = known.get(id);
    if (seen !== undefined) return seen;
    if (open.has(id)) return 0;
    open.add(id);
    const above = (sources.get(id) ?? []).map((source) => depth(source) + 1);
    const value = Math.max(0, ...above);
    open.delete(id);
    known.set(id, value);
    return value;
  };
  for (const node of doc.spec.nodes) depth(node.id);
  return known;
}

/** The first place at or below the wanted one where a card covers no other. */
export function freePlace(doc: FlowDocument, wanted: Position): Position {
  const taken = Object.values(positions(doc));
  let [x, y] = wanted;
  const covers = () =>
    taken.find(
      ([ox, oy]) => Math.abs(ox - x) < CARD.width + 16 && Math.abs(oy - y) < CARD.height + 16,
    );
  for (let hit = covers(); hit; hit = covers()) y = hit[1] + ROW;
  return [x, y];
}

/** Where a new node that is fed by id should stand. */
export function placeAfter(doc: FlowDocument, id: string): Position {
  const [x, y] = positions(doc)[id] ?? [0, 0];
  return freePlace(doc, [x + COLUMN, y]);
}

/** Makes room right of an edge's source when its target stands too near for a node between. */
export function placeBetween(doc: FlowDocument, source: string, target: string): Position {
  const all = positions(doc);
  const [ax, ay] = all[source] ?? [0, 0];
  const [bx, by] = all[target] ?? [ax + 2 * COLUMN, ay];
  return [(ax + bx) / 2, (ay + by) / 2];
}

/** Shifts what stands behind a point to the right, so that a node inserted there fits between. */
export function shiftRight(
  doc: FlowDocument,
  source: string,
  target: string,
): Record<string, Position> {
  const all = positions(doc);
  const from = all[source];
  const to = all[target];
  if (!from || !to) return {};
  const room = to[0] - from[0];
  const need = 2 * COLUMN - 32;
  if (room >= need || room <= 0) return {};
  const moved: Record<string, Position> = {};
  for (const [id, [x, y]] of Object.entries(all)) {
    if (x >= to[0]) moved[id] = [x + need - room, y];
  }
  return moved;
}
