import { MiniMap, type MiniMapProps, type Node } from '@xyflow/react';
import { useDesigner } from '../state/context';

/** A map whose colours follow the run: React Flow asks for a node's colour anew only when the function is another one. */
export function LiveMiniMap({
  nodeColor,
  ...props
}: Omit<MiniMapProps, 'nodeColor'> & { nodeColor: (node: Node) => string }) {
  useDesigner((s) => s.steps);
  return <MiniMap {...props} nodeColor={(node) => nodeColor(node)} />;
}
