import { BaseEdge, type EdgeProps } from '@xyflow/react';
import { memo } from 'react';
import { useRoute } from '@/designer/canvas/useRoute';

/** As in the designer, around the cards that lie between. */
export const RunEdge = memo(function RunEdge(props: EdgeProps) {
  const { path } = useRoute(props);
  return <BaseEdge path={path} />;
});
