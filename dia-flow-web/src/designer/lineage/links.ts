import type { Lineage } from '@/api';
import { isDirect, isOfRows, type Place, sourcesOf } from './trail';

/** A dataset, or a node at which data begins or ends, with its columns; '' is all of them. */
export interface End {
  id: string;
  name: string;
  note: string;
  columns: string[];
}

/** A column on the left that goes into one on the right. */
export interface Link {
  /** side, id and column of an end */
  from: string;
  to: string;
  /** Values go there; else it only decides which. */
  direct: boolean;
}

interface Columns {
  left: End[];
  right: End[];
  links: Link[];
}

/**
 * The columns of what is written, or where nothing is of the outputs that nobody reads, and those that they come from.
 * What merely decides about rows would connect everything with everything, and is left out.
 */
export function columnLinks(graph: Lineage): Columns {
  const targets = targetsOf(graph);
  const left = new Map<string, End>();
  const links: Link[] = [];
  for (const { end, place } of targets) {
    for (const column of end.columns) {
      for (const source of sourcesOf(graph, column ? { ...place, column } : place)) {
        const ways = source.ways.filter((way) => !isOfRows(way));
        if (ways.length === 0) continue;
        const from = endOf(graph, source.place);
        const known = left.get(from.id) ?? from;
        left.set(from.id, known);
        const name = source.place.column ?? '';
        if (!known.columns.includes(name)) known.columns.push(name);
        links.push({
          from: `left ${from.id} ${name}`,
          to: `right ${end.id} ${column}`,
          direct: ways.some(isDirect),
        });
      }
    }
  }
  return { left: [...left.values()], right: targets.map((target) => target.end), links };
}

interface Target {
  end: End;
  place: Place;
}

function targetsOf(graph: Lineage): Target[] {
  const names = (columns?: { name: string }[]) => columns?.map((c) => c.name) ?? [''];
  const written = graph.datasets
    .filter((set) => set.writes?.length)
    .map((set) => ({
      end: { ...endOf(graph, { dataset: set.id }), columns: names(set.columns) },
      place: { dataset: set.id },
    }));
  if (written.length > 0) return written;
  const read = new Set(graph.edges.filter((e) => e.kind === 'data').map((e) => e.from));
  return graph.nodes
    .filter((node) => !read.has(node.id))
    .flatMap((node) =>
      node.ports
        .filter((port) => port.columns?.length)
        .map((port) => ({
          end: {
            id: `${node.id}.${port.name}`,
            name: node.title || node.id,
            note: port.name,
            columns: names(port.columns),
          },
          place: { node: node.id, port: port.name },
        })),
    );
}

/** Columns of a source are in the order of the source where that is known. */
function endOf(graph: Lineage, place: Place): End {
  const set = graph.datasets.find((d) => d.id === place.dataset);
  if (set) {
    const reads = set.reads?.length ? (set.columns ?? []).map((c) => c.name) : [];
    const note = set.namespace === 'file' ? '' : set.namespace;
    return { id: set.id, name: set.name, note, columns: reads };
  }
  const node = graph.nodes.find((n) => n.id === place.node);
  return { id: place.node ?? '', name: node?.title || place.node || '', note: '', columns: [] };
}
