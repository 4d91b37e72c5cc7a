import { sourcesOf } from './graph';
import {
  type BodyField,
  type BodyRef,
  bodyFields,
  bodyOf,
  bodyOfNode,
  isContainer,
  nodesIn,
} from './tree';
import type { FlowDocument, FlowNode, Position } from './types';

/** Size of a node card on the canvas, and the room around it. */
export const CARD = { width: 224, height: 72, foot: 28, gapX: 80, gapY: 56 };

/** Of a card whose ports bear their names: the height of what stands above them, of each, and below the last. */
export const NAMED = { head: 58, row: 17, below: 5 };

/** Measures of a container: its head with the ports, and the room that a body keeps around its nodes. */
export const GROUP = {
  head: 72,
  /** Line with the name of a body, where there are several. */
  label: 28,
  padX: 56,
  /** The right side also shows the names of outputs. */
  padRight: 96,
  padY: 24,
  minWidth: 384,
  minBody: 136,
};

/** One body of a container as it is drawn, relative to the container. */
export interface Section {
  field: BodyField;
  y: number;
  height: number;
  /** Where the position [0, 0] of the nodes in it lies. */
  origin: Position;
}

/** A node as it is drawn. */
export interface Box {
  /** Relative to the container that it is in, or to the canvas. */
  x: number;
  y: number;
  /** In canvas coordinates. */
  left: number;
  top: number;
  width: number;
  height: number;
  body: BodyRef | null;
  /** Empty for plain nodes and folded containers. */
  sections: Section[];
  /** As small as it can be made. */
  least: Size;
}

export interface LayoutOptions {
  /** Containers that show none of their nodes. */
  folded?: ReadonlySet<string>;
  /** Height of a plain node's card. */
  heightOf?: (node: FlowNode) => number;
}

export interface Size {
  width: number;
  height: number;
}

const COLUMN = CARD.width + CARD.gapX;

/** Where every node is drawn that is not within a folded container. */
export function boxes(doc: FlowDocument, options: LayoutOptions = {}): Map<string, Box> {
  const found = new Map<string, Box>();
  const layout = doc.spec.layout ?? {};

  /** Places nodes of one level relative to its origin and says how far they reach. */
  const level = (nodes: FlowNode[], body: BodyRef | null): Size => {
    const sizes = new Map(nodes.map((node) => [node.id, size(node)]));
    const places = levelPlaces(nodes, layout, sizes);
    const reach = { width: 0, height: 0 };
    for (const node of nodes) {
      const box = found.get(node.id);
      const [x, y] = places.get(node.id) ?? [0, 0];
      if (!box) continue;
      // Nothing stands outside of the body that it is in.
      box.x = body ? Math.max(0, x) : x;
      box.y = body ? Math.max(0, y) : y;
      box.body = body;
      reach.width = Math.max(reach.width, box.x + box.width);
      reach.height = Math.max(reach.height, box.y + box.height);
    }
    return reach;
  };

  const size = (node: FlowNode): Size => {
    // A container comes before what is in it.
    const least = { width: CARD.width, height: 0 };
    const box: Box = { x: 0, y: 0, left: 0, top: 0, ...least, body: null, sections: [], least };
    found.set(node.id, box);
    if (isContainer(node) && !options.folded?.has(node.id)) {
      const bodies = bodyFields(node).map((field) => ({
        field,
        reach: level(bodyOf(node, field), { container: node.id, field }),
      }));
      const { width, height } = containerSize(bodies);
      Object.assign(box, containerSize(bodies, layout[node.id]?.slice(2)));
      box.least = { width, height };
    } else {
      box.height = options.heightOf?.(node) ?? CARD.height + CARD.foot;
      box.least = { width: box.width, height: box.height };
    }
    return box;
  };

  level(doc.spec.nodes, null);
  settle(doc.spec.nodes, null, [0, 0], found);
  return found;
}

/** Turns positions relative to a body's origin into those relative to its container and to the canvas. */
function settle(
  nodes: FlowNode[],
  section: Section | null,
  [left, top]: Position,
  found: Map<string, Box>,
): void {
  for (const node of nodes) {
    const box = found.get(node.id);
    if (!box) continue;
    box.x += section?.origin[0] ?? 0;
    box.y += section?.origin[1] ?? 0;
    box.left = left + box.x;
    box.top = top + box.y;
    for (const inner of box.sections) {
      settle(bodyOf(node, inner.field), inner, [box.left, box.top], found);
    }
  }
}

/** How large a container is whose bodies reach that far; asked is the least size that the document gives. */
export function containerSize(
  bodies: readonly { field: BodyField; reach: Size }[],
  asked: readonly number[] = [],
): Size & { sections: Section[] } {
  const label = bodies.length > 1 ? GROUP.label : 0;
  let width = Math.max(GROUP.minWidth, asked[0] ?? 0);
  let y = GROUP.head;
  const sections = bodies.map(({ field, reach }): Section => {
    const height = Math.max(GROUP.minBody, reach.height + 2 * GROUP.padY) + label;
    width = Math.max(width, GROUP.padX + reach.width + GROUP.padRight);
    const section: Section = { field, y, height, origin: [GROUP.padX, y + label + GROUP.padY] };
    y += height;
    return section;
  });
  // What is asked for beyond that is room at the end of the last body.
  const last = sections.at(-1);
  const extra = (asked[1] ?? 0) - y;
  if (last && extra > 0) {
    last.height += extra;
    y += extra;
  }
  return { width, height: y, sections };
}

/** Positions of one level's nodes: those of the document, and for the rest a column by depth. */
function levelPlaces(
  nodes: FlowNode[],
  layout: Record<string, number[]>,
  sizes: ReadonlyMap<string, Size>,
): Map<string, Position> {
  const places = new Map<string, Position>();
  const missing: FlowNode[] = [];
  let base = 0;
  for (const node of nodes) {
    const [x, y] = layout[node.id] ?? [];
    if (x === undefined || y === undefined || !Number.isFinite(x) || !Number.isFinite(y)) {
      missing.push(node);
      continue;
    }
    places.set(node.id, [x, y]);
    base = Math.max(base, y + (sizes.get(node.id)?.height ?? CARD.height) + CARD.gapY);
  }
  if (missing.length === 0) return places;
  if (places.size === 0) base = 0;
  const depth = depths(nodes);
  const columns: FlowNode[][] = [];
  for (const node of missing) {
    const column = depth.get(node.id) ?? 0;
    columns[column] = [...(columns[column] ?? []), node];
  }
  let x = 0;
  for (let column = 0; column < columns.length; column++) {
    let y = base;
    let widest = CARD.width;
    for (const node of columns[column] ?? []) {
      const own = sizes.get(node.id);
      places.set(node.id, [x, y]);
      y += Math.max(own?.height ?? 0, CARD.height) + CARD.gapY;
      widest = Math.max(widest, own?.width ?? 0);
    }
    x += widest + CARD.gapX;
  }
  return places;
}

function depths(nodes: FlowNode[]): Map<string, number> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const known = new Map<string, number>();
  const open = new Set<string>();
  const depth = (id: string): number => {
    const seen = known.get(id);
    if (seen !== undefined) return seen;
    const node = byId.get(id);
    if (open.has(id) || !node) return 0;
    open.add(id);
    const above = sourcesOf(node).flatMap((source) =>
      byId.has(source) ? [depth(source) + 1] : [],
    );
    const value = Math.max(0, ...above);
    open.delete(id);
    known.set(id, value);
    return value;
  };
  for (const node of nodes) depth(node.id);
  return known;
}

/** Positions as the document gives or would give them: relative to the body that a node is in. */
export function positions(doc: FlowDocument): Record<string, Position> {
  const all = boxes(doc);
  return Object.fromEntries(
    [...all].map(([id, box]) => [id, toBody(all, box.body, [box.left, box.top])]),
  );
}

/** The canvas position of a body's [0, 0]. */
function originOf(all: ReadonlyMap<string, Box>, body: BodyRef | null): Position {
  const container = body ? all.get(body.container) : undefined;
  const section = container?.sections.find((each) => each.field === body?.field);
  if (!container || !section) return [container?.left ?? 0, container?.top ?? 0];
  return [container.left + section.origin[0], container.top + section.origin[1]];
}

/** A place of the canvas as it is written for a node in the body. */
export function toBody(
  all: ReadonlyMap<string, Box>,
  body: BodyRef | null,
  [x, y]: Position,
): Position {
  if (!body) return [x, y];
  const [left, top] = originOf(all, body);
  return [Math.max(0, x - left), Math.max(0, y - top)];
}

/** The innermost body at a place of the canvas; null is the flow itself. Bodies of the excepted nodes do not count. */
export function bodyAt(
  all: ReadonlyMap<string, Box>,
  [x, y]: Position,
  except: ReadonlySet<string> = new Set(),
): BodyRef | null {
  let found: BodyRef | null = null;
  // Containers come before what is in them, so that the last hit is the innermost.
  for (const [container, box] of all) {
    if (x < box.left || x > box.left + box.width || except.has(container)) continue;
    for (const [i, { field, ...section }] of box.sections.entries()) {
      // The head counts as part of the first body.
      const top = box.top + (i === 0 ? 0 : section.y);
      if (y >= top && y <= box.top + section.y + section.height) found = { container, field };
    }
  }
  return found;
}

/** The first place at or below the wanted one where a card covers no other of the body. */
export function freePlace(
  doc: FlowDocument,
  wanted: Position,
  body: BodyRef | null = null,
): Position {
  const all = boxes(doc);
  const at = positions(doc);
  let [x, y] = wanted;
  const covers = () => {
    for (const node of nodesIn(doc, body)) {
      const box = all.get(node.id);
      const [left, top] = at[node.id] ?? [0, 0];
      const clear = 16;
      if (!box) continue;
      const height = isContainer(node) ? box.height : CARD.height;
      const apart =
        x >= left + box.width + clear ||
        left >= x + CARD.width + clear ||
        y >= top + height + clear ||
        top >= y + CARD.height + clear;
      if (!apart) return top + height + CARD.gapY;
    }
    return undefined;
  };
  for (let below = covers(); below !== undefined; below = covers()) y = below;
  return [x, y];
}

/** Where a new node that is fed by id should stand, beside it. */
export function placeAfter(doc: FlowDocument, id: string): Position {
  const box = boxes(doc).get(id);
  const [x, y] = positions(doc)[id] ?? [0, 0];
  return freePlace(doc, [x + (box?.width ?? CARD.width) + CARD.gapX, y], bodyOfNode(doc, id));
}

/** The place between an edge's source and its target, both in the same body. */
export function placeBetween(doc: FlowDocument, source: string, target: string): Position {
  const all = positions(doc);
  const [bx, by] = all[target] ?? [2 * COLUMN, 0];
  if (bodyOfNode(doc, source)?.container !== bodyOfNode(doc, target)?.container) {
    return [Math.max(0, bx - COLUMN), by];
  }
  const [ax, ay] = all[source] ?? [Math.max(0, bx - 2 * COLUMN), by];
  return [(ax + bx) / 2, (ay + by) / 2];
}

/** Shifts what stands behind a point to the right, so that a node inserted there fits between. */
export function shiftRight(
  doc: FlowDocument,
  source: string,
  target: string,
): Record<string, Position> {
  const body = bodyOfNode(doc, target);
  const beside = new Set(nodesIn(doc, body).map((node) => node.id));
  const all = positions(doc);
  const to = all[target];
  if (!to) return {};
  const width = boxes(doc).get(source)?.width ?? CARD.width;
  // From outside of the body the edge begins at its left border.
  const from = beside.has(source) ? all[source] : ([-COLUMN, to[1]] as Position);
  if (!from) return {};
  const room = to[0] - from[0];
  const need = width + CARD.gapX + COLUMN - 32;
  if (room >= need || room <= 0) return {};
  const moved: Record<string, Position> = {};
  for (const id of beside) {
    const [x, y] = all[id] ?? [0, 0];
    if (x >= to[0]) moved[id] = [x + need - room, y];
  }
  return moved;
}
