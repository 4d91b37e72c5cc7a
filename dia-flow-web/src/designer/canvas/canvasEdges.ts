import type { Edge as RfEdge } from '@xyflow/react';
import {
  AFTER,
  type Analysis,
  allEdges,
  allNodes,
  bodyOfNode,
  containersOf,
  defaultOutput,
  type Edge,
  type FlowDocument,
  ITEM,
  itemBody,
  nodeById,
  outputPorts,
  RESULT,
  resultEdgeId,
  resultOf,
  type TypeIndex,
} from '@/flow-core';
import { INNER, itemHandle } from './handles';

interface Meaning extends Record<string, unknown> {
  /** What the edge means: data, a mere wait, the item of a body, or what an instance of it gives. */
  kind: 'data' | 'wait' | 'item' | 'result';
  port: string;
  /** Of a result that the container does not name itself. */
  implied?: boolean;
}

export interface FlowEdgeData extends Meaning {
  /** Edges of different outputs keep apart, and labels of edges of one output do. */
  lane: number;
  place: number;
}

type Drawn = RfEdge & { data: Meaning };

interface Known {
  types: TypeIndex;
  analysis: Analysis | null;
  folded: ReadonlySet<string>;
}

/** The edges of the document, those from items and to results, and instead of hidden ones those to what hides them. */
export function canvasEdges(doc: FlowDocument, known: Known): RfEdge[] {
  const found = new Map<string, RfEdge>();
  const lanes = new Map<string, number>();
  const add = (edge: Drawn) => {
    if (found.has(edge.id)) return;
    const output = `${edge.source}.${edge.sourceHandle}`;
    const lane = lanes.get(output) ?? lanes.size;
    lanes.set(output, lane);
    found.set(edge.id, { ...edge, data: { ...edge.data, lane, place: found.size } });
  };
  const hider = (id: string) =>
    containersOf(doc, id).findLast((around) => known.folded.has(around));

  for (const edge of allEdges(doc)) {
    const target = hider(edge.target);
    if (edge.source === ITEM) {
      if (!target) addItem(doc, edge, add);
      continue;
    }
    const source = nodeById(doc, edge.source);
    if (!source || hider(edge.source)) continue;
    const ports = outputPorts(source, known.types.get(source.type), known.analysis);
    const port = edge.sourcePort || defaultOutput(ports);
    const data: Meaning = { kind: edge.waits ? 'wait' : 'data', port };
    add({
      id: target ? `${edge.source}.${port}->${target}` : edge.id,
      type: 'flow',
      source: edge.source,
      sourceHandle: port,
      target: target ?? edge.target,
      targetHandle: target ? INNER : edge.waits ? AFTER : edge.targetPort,
      data,
      ...(target ? { selectable: false } : {}),
    });
  }
  for (const container of allNodes(doc)) {
    const result = resultOf(container);
    const from = result && nodeById(doc, result.node);
    if (!from || known.folded.has(container.id) || hider(container.id)) continue;
    const ports = outputPorts(from, known.types.get(from.type), known.analysis);
    const port = result.port || defaultOutput(ports);
    const data: Meaning = { kind: 'result', port, implied: !result.named };
    add({
      id: resultEdgeId(container.id),
      type: 'flow',
      source: from.id,
      sourceHandle: port,
      target: container.id,
      targetHandle: RESULT,
      data,
      selectable: result.named,
    });
  }
  return [...found.values()];
}

function addItem(doc: FlowDocument, edge: Edge, add: (edge: Drawn) => void): void {
  const body = itemBody(doc, bodyOfNode(doc, edge.target));
  if (!body) return;
  const data: Meaning = { kind: 'item', port: '' };
  add({
    id: edge.id,
    type: 'flow',
    source: body.container,
    sourceHandle: itemHandle(body.field),
    target: edge.target,
    targetHandle: edge.targetPort,
    data,
  });
}
