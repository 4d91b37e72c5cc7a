import { useParams } from '@tanstack/react-router';
import { DesignerPage } from '@/designer/DesignerPage';

/** One designer for each flow: its undo history and its selection must not pass to another. */
export function DesignerRoute() {
  const { flowId } = useParams({ from: '/inside/flows/$flowId' });
  return <DesignerPage key={flowId} flowId={flowId} />;
}
