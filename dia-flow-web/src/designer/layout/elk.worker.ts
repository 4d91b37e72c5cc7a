import ELK from 'elkjs/lib/elk.bundled.js';
import { arrange, type Engine, type Level, type Places } from './arrange';

export type LayoutReply = { places: Places } | { error: string };

const elk = new ELK();

const layered: Engine = async (nodes, edges) => {
  const graph = await elk.layout({
    id: 'root',
    layoutOptions: {
      'elk.algorithm': 'layered',
      'elk.direction': 'RIGHT',
      'elk.padding': '[top=0,left=0,bottom=0,right=0]',
      'elk.layered.spacing.nodeNodeBetweenLayers': '80',
      'elk.spacing.nodeNode': '48',
      // An edge that passes a card keeps clear of it.
      'elk.spacing.edgeNode': '28',
      'elk.spacing.edgeEdge': '16',
      'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
      'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
      'elk.separateConnectedComponents': 'true',
      'elk.spacing.componentComponent': '72',
    },
    children: nodes.map(({ id, width, height }) => ({ id, width, height })),
    edges: edges.map((edge) => ({ id: edge.id, sources: [edge.source], targets: [edge.target] })),
  });
  return Object.fromEntries(
    (graph.children ?? []).map((node) => [node.id, [node.x ?? 0, node.y ?? 0]]),
  );
};

self.onmessage = async (message: MessageEvent<Level>) => {
  try {
    const places = await arrange(message.data, layered);
    self.postMessage({ places } satisfies LayoutReply);
  } catch (error) {
    self.postMessage({ error: String(error) } satisfies LayoutReply);
  }
};
