import {
  allEdges,
  type BodyField,
  type Box,
  bodyFields,
  bodyOf,
  containerSize,
  type FlowDocument,
  type FlowNode,
  type Size,
} from '@/flow-core';

/** One list of nodes to lay out, with what is in their containers. */
export interface Level {
  nodes: LevelNode[];
  edges: { id: string; source: string; target: string }[];
}

export interface LevelNode extends Size {
  id: string;
  /** Of a container: it becomes as large as its bodies ask for. */
  bodies?: { field: BodyField; level: Level }[];
}

/** What the worker is asked: the levels of the document, edges lifted to the containers that they lead into. */
export function levelsOf(doc: FlowDocument, boxes: ReadonlyMap<string, Box>): Level {
  const edges = allEdges(doc);
  const level = (nodes: readonly FlowNode[]): Level => {
    const owner = new Map<string, string>();
    for (const node of nodes) own(node, node.id, owner);
    const direct = new Set(nodes.map((node) => node.id));
    return {
      nodes: nodes.map((node): LevelNode => {
        const box = boxes.get(node.id);
        const size = { id: node.id, width: box?.width ?? 0, height: box?.height ?? 0 };
        if (!box || box.sections.length === 0) return size;
        const bodies = bodyFields(node).map((field) => ({
          field,
          level: level(bodyOf(node, field)),
        }));
        return { ...size, bodies };
      }),
      edges: edges.flatMap(({ id, source, target }) => {
        const to = owner.get(target);
        return to && direct.has(source) && to !== source ? [{ id, source, target: to }] : [];
      }),
    };
  };
  return level(doc.spec.nodes);
}

function own(node: FlowNode, by: string, owner: Map<string, string>): void {
  owner.set(node.id, by);
  for (const field of bodyFields(node)) {
    for (const inner of bodyOf(node, field)) own(inner, by, owner);
  }
}

export type Places = Record<string, [number, number]>;

/** Lays out one list of nodes of known sizes. */
export type Engine = (
  nodes: readonly (Size & { id: string })[],
  edges: Level['edges'],
) => Promise<Places>;

/** Lays out from the inside to the outside, so that every container is as large as its bodies turned out to be. */
export async function arrange(level: Level, engine: Engine): Promise<Places> {
  const places: Places = {};
  await arrangeLevel(level, engine, places);
  return places;
}

async function arrangeLevel(level: Level, engine: Engine, places: Places): Promise<Size> {
  const sized: (Size & { id: string })[] = [];
  for (const node of level.nodes) {
    let { width, height } = node;
    if (node.bodies) {
      const bodies: { field: BodyField; reach: Size }[] = [];
      for (const body of node.bodies) {
        bodies.push({ field: body.field, reach: await arrangeLevel(body.level, engine, places) });
      }
      ({ width, height } = containerSize(bodies));
    }
    sized.push({ id: node.id, width, height });
  }
  if (sized.length === 0) return { width: 0, height: 0 };
  const found = await engine(sized, level.edges);
  const reach = { width: 0, height: 0 };
  for (const { id, width, height } of sized) {
    const [x, y] = found[id] ?? [0, 0];
    places[id] = [x, y];
    reach.width = Math.max(reach.width, x + width);
    reach.height = Math.max(reach.height, y + height);
  }
  return reach;
}
