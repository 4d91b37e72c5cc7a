import type { Lineage, LineageOrigin, LineageWay } from '@/api';

/** A column of an output or of a dataset; without a column it is all of it. */
export type Place = Pick<LineageOrigin, 'node' | 'port' | 'dataset' | 'column'>;

/** A place that another one stands on, or that stands on it. */
export interface Reached {
  place: Place;
  ways: LineageWay[];
  /** The nodes on one way between the two, in the direction of the data. */
  through: string[];
}

/** What takes part in one column. */
export interface Trail {
  from: Reached[];
  into: Reached[];
  nodes: Set<string>;
  /** source>target */
  edges: Set<string>;
}

const DIRECT: readonly LineageWay[] = ['IDENTITY', 'TRANSFORMATION', 'AGGREGATION'];
const ORDER: readonly LineageWay[] = [
  ...DIRECT,
  'JOIN',
  'GROUP_BY',
  'FILTER',
  'SORT',
  'WINDOW',
  'CONDITIONAL',
];
const OF_ROWS: ReadonlySet<LineageWay> = new Set(['JOIN', 'GROUP_BY', 'FILTER', 'SORT']);

export const isDirect = (way: LineageWay) => DIRECT.includes(way);

/** Whether a way is about which rows there are rather than about a value. */
export const isOfRows = (way: LineageWay) => OF_ROWS.has(way);

export const edgeKey = (source: string, target: string) => `${source}>${target}`;

const keyOf = (p: Place) => JSON.stringify([p.node, p.port, p.dataset, p.column]);

/** What it is to come one way first and another afterwards, as the server has it. */
function then(first: LineageWay, after: LineageWay): LineageWay {
  if (!isDirect(after)) return after;
  if (!isDirect(first)) return first;
  return ORDER[Math.max(ORDER.indexOf(first), ORDER.indexOf(after))] ?? after;
}

interface Steps {
  values: LineageOrigin[];
  rows: LineageOrigin[];
}

/** What a place stands on directly. */
export function stepsOf(graph: Lineage, place: Place): Steps {
  if (place.dataset) {
    const set = graph.datasets.find((d) => d.id === place.dataset);
    if (!set?.writes?.length) return { values: [], rows: [] };
    const columns = set.columns?.filter((c) => !place.column || c.name === place.column) ?? [];
    const values = columns.flatMap((c) => c.from);
    return { values: values.length > 0 ? values : (set.all ?? []), rows: set.rows ?? [] };
  }
  const port = portOf(graph, place);
  if (!port) return { values: [], rows: [] };
  const rows = port.rows ?? [];
  const column = port.columns?.find((c) => c.name === place.column);
  if (column) return { values: column.from, rows };
  if (port.columns) return { values: port.columns.flatMap((c) => c.from), rows };
  return { values: port.all ?? [], rows };
}

const indices = new WeakMap<Lineage, Map<string, Lineage['nodes'][number]>>();

/** Graphs never change: their nodes are looked up by the thousand. */
function nodeOf(graph: Lineage, id: string) {
  let index = indices.get(graph);
  if (!index) {
    index = new Map(graph.nodes.map((node) => [node.id, node]));
    indices.set(graph, index);
  }
  return index.get(id);
}

export function portOf(graph: Lineage, place: Place) {
  const ports = nodeOf(graph, place.node ?? '')?.ports;
  return ports?.find((p) => !place.port || p.name === place.port);
}

interface Walk {
  graph: Lineage;
  /** Told each place with the way and the nodes to it; true goes no further. */
  visit: (place: Place, way: LineageWay, path: string[], end: boolean) => boolean;
  seen: Set<string>;
}

function follow(walk: Walk, steps: Steps, way: LineageWay, path: string[]) {
  for (const o of steps.values) for (const h of o.how) step(walk, o, then(h, way), path);
  // Which rows there are is not changed by what their values go into.
  for (const o of steps.rows) for (const h of o.how) step(walk, o, h, path);
}

function step(walk: Walk, place: Place, way: LineageWay, path: string[]) {
  const key = `${keyOf(place)} ${way}`;
  if (walk.seen.has(key)) return;
  walk.seen.add(key);
  const on = place.node && path[0] !== place.node ? [place.node, ...path] : path;
  // A dataset is where one flow ends, also when another node of it writes there.
  const steps = place.dataset ? { values: [], rows: [] } : stepsOf(walk.graph, place);
  const end = steps.values.length + steps.rows.length === 0;
  if (!walk.visit(place, way, on, end)) follow(walk, steps, way, on);
}

/** Gathers places with all the ways that lead to them. */
class Gathered {
  private readonly byKey = new Map<string, Reached>();

  add(place: Place, way: LineageWay, through: string[]) {
    const { node, port, dataset, column } = place;
    const plain: Place = {
      ...(node ? { node } : {}),
      ...(port ? { port } : {}),
      ...(dataset ? { dataset } : {}),
      ...(column ? { column } : {}),
    };
    const have = this.byKey.get(keyOf(plain));
    if (!have) this.byKey.set(keyOf(plain), { place: plain, ways: [way], through });
    else if (!have.ways.includes(way)) {
      have.ways.push(way);
      have.ways.sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
    }
  }

  /** Those from which values come before those that only decide. */
  list(): Reached[] {
    const rank = (r: Reached) => ORDER.indexOf(r.ways[0] ?? 'CONDITIONAL');
    return [...this.byKey.values()].sort(
      (a, b) => Number(rank(a) >= DIRECT.length) - Number(rank(b) >= DIRECT.length),
    );
  }
}

/** Where a place comes from in the end. */
export function sourcesOf(graph: Lineage, place: Place): Reached[] {
  const found = new Gathered();
  const visit: Walk['visit'] = (at, way, path, end) => {
    if (end) found.add(at, way, path);
    return end;
  };
  const start = place.node ? [place.node] : [];
  follow({ graph, visit, seen: new Set() }, stepsOf(graph, place), 'IDENTITY', start);
  return found.list();
}

/** All that takes part in one column of an output: what it comes from, and what is made of it. */
export function trailOf(graph: Lineage, place: Place): Trail {
  const nodes = new Set<string>();
  const edges = new Set<string>();
  const mark = (path: string[]) => {
    for (const [i, id] of path.entries()) {
      nodes.add(id);
      const before = path[i - 1];
      if (before && before !== id) edges.add(edgeKey(before, id));
    }
  };
  if (place.node) nodes.add(place.node);
  const from = new Gathered();
  const up: Walk['visit'] = (at, way, path, end) => {
    mark(path);
    if (end) from.add(at, way, path);
    return end;
  };
  const start = place.node ? [place.node] : [];
  follow({ graph, visit: up, seen: new Set() }, stepsOf(graph, place), 'IDENTITY', start);

  const into = new Gathered();
  forward(graph, place, (target, way, path) => {
    mark(path);
    into.add(target, way, path);
  });
  return { from: from.list(), into: into.list(), nodes, edges };
}

interface Use {
  target: Place;
  way: LineageWay;
  /** The way is about the rows of the target. */
  ofRows: boolean;
}

/** What stands on each column and, under the name of the whole output, on all of its columns. */
function usesOf(graph: Lineage): Map<string, Use[]> {
  const uses = new Map<string, Use[]>();
  for (const target of placesOf(graph)) {
    const { values, rows } = stepsOf(graph, target);
    const note = (o: LineageOrigin, ofRows: boolean) => {
      if (!o.node) return;
      const port = portOf(graph, o)?.name ?? o.port;
      const key = keyOf({ node: o.node, port, column: o.column });
      const list = uses.get(key) ?? [];
      for (const way of o.how) list.push({ target, way, ofRows });
      uses.set(key, list);
    };
    for (const o of values) note(o, false);
    for (const o of rows) note(o, true);
  }
  return uses;
}

/** Goes on from a place to all that stands on it. What decides about rows does no more, whatever is made of them. */
function forward(
  graph: Lineage,
  start: Place,
  visit: (target: Place, way: LineageWay, path: string[]) => void,
) {
  const uses = usesOf(graph);
  const seen = new Set<string>();
  const walk = (at: Place, way: LineageWay, fixed: boolean, path: string[]) => {
    const key = `${keyOf(at)} ${way} ${fixed}`;
    if (at.dataset || seen.has(key)) return;
    seen.add(key);
    const { node, port, column } = at;
    const columns = column ? [column] : (portOf(graph, at)?.columns ?? []).map((c) => c.name);
    const found = [undefined, ...columns].flatMap(
      (name) => uses.get(keyOf({ node, port, column: name })) ?? [],
    );
    for (const use of found) {
      const next = fixed ? way : then(way, use.way);
      const id = use.target.node ?? writersOf(graph, use.target)[0];
      const on = id && path.at(-1) !== id ? [...path, id] : path;
      visit(use.target, next, on);
      walk(use.target, next, fixed || use.ofRows, on);
    }
  };
  walk(start, 'IDENTITY', false, start.node ? [start.node] : []);
}

function writersOf(graph: Lineage, place: Place): string[] {
  return graph.datasets.find((d) => d.id === place.dataset)?.writes?.slice(0, 1) ?? [];
}

/** Every column of every output and of every dataset that is written. */
function placesOf(graph: Lineage): Place[] {
  const outputs = graph.nodes.flatMap((n) =>
    n.ports.flatMap((p) =>
      (p.columns ?? [{ name: '' }]).map((c) => ({
        node: n.id,
        port: p.name,
        ...(c.name ? { column: c.name } : {}),
      })),
    ),
  );
  const written = graph.datasets
    .filter((d) => d.writes?.length)
    .flatMap((d) =>
      (d.columns ?? [{ name: '' }]).map((c) => ({
        dataset: d.id,
        ...(c.name ? { column: c.name } : {}),
      })),
    );
  return [...outputs, ...written];
}
