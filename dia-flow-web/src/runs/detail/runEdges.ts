import type { Edge } from '@xyflow/react';
import type { FlowEdgeData } from '@/designer/canvas/canvasEdges';
import { allEdges, type FlowDocument, ITEM } from '@/flow-core';

/** What leads from card to card; those that leave the same card lie in one lane. */
export function runEdges(flow: FlowDocument, runs: (node: string) => boolean): Edge[] {
  const lanes = new Map<string, number>();
  return allEdges(flow)
    .filter((edge) => edge.source !== ITEM)
    .map((edge, place) => {
      const lane = lanes.get(edge.source) ?? lanes.size;
      lanes.set(edge.source, lane);
      // A card has one way in and one out, whatever comes there.
      const data: FlowEdgeData = { kind: 'data', port: '', lane, place };
      const { id, source, target } = edge;
      return { id, type: 'run', source, target, animated: runs(target), data };
    });
}
