import ELK from 'elkjs/lib/elk.bundled.js';

export interface LayoutRequest {
  nodes: { id: string; width: number; height: number }[];
  edges: { id: string; source: string; target: string }[];
}

export type LayoutReply = { positions: Record<string, [number, number]> } | { error: string };

const elk = new ELK();

self.onmessage = async (message: MessageEvent<LayoutRequest>) => {
  const { nodes, edges } = message.data;
  try {
    const graph = await elk.layout({
      id: 'root',
      layoutOptions: {
        'elk.algorithm': 'layered',
        'elk.direction': 'RIGHT',
        'elk.layered.spacing.nodeNodeBetweenLayers': '80',
        'elk.spacing.nodeNode': '48',
        'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
        'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
        'elk.separateConnectedComponents': 'true',
        'elk.spacing.componentComponent': '72',
      },
      children: nodes,
      edges: edges.map((edge) => ({ id: edge.id, sources: [edge.source], targets: [edge.target] })),
    });
    const positions = Object.fromEntries(
      (graph.children ?? []).map((node) => [node.id, [node.x ?? 0, node.y ?? 0]]),
    ) as Record<string, [number, number]>;
    self.postMessage({ positions } satisfies LayoutReply);
  } catch (error) {
    self.postMessage({ error: String(error) } satisfies LayoutReply);
  }
};
