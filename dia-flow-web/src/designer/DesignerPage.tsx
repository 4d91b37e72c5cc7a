import { Alert, Button, Center, Loader } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ReactFlowProvider } from '@xyflow/react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keys, toApiError } from '@/api';
import { getFlow, getNodeTypes } from './api/flows';
import type { Flow, NodeTypes } from './api/types';
import { Designer } from './Designer';
import { WidgetsProvider } from './fields/registry';
import { WIDGETS } from './fields/widgets';
import { DesignerProvider } from './state/context';
import { DesignerController } from './state/controller';

/** The designer of one flow: loads it with the node types, then hands over. */
export function DesignerPage({ flowId }: { flowId: string }) {
  const { t } = useTranslation('designer');
  // Opening always starts from the server's present draft; from then on the designer owns the document.
  const flow = useQuery({
    queryKey: [...keys.flow(flowId), 'designer'],
    queryFn: () => getFlow(flowId),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
  const types = useQuery({
    queryKey: keys.nodeTypes,
    queryFn: getNodeTypes,
    staleTime: 5 * 60_000,
  });
  const error = flow.error ?? types.error;
  if (error) {
    return (
      <Center h="60vh" p="lg">
        <Alert color="red" title={t('page.failed')} maw={520}>
          {toApiError(error).message}
          <Button
            mt="sm"
            size="xs"
            variant="default"
            onClick={() => {
              void flow.refetch();
              void types.refetch();
            }}
          >
            {t('page.retry')}
          </Button>
        </Alert>
      </Center>
    );
  }
  if (!flow.data || !types.data) {
    return (
      <Center h="60vh">
        <Loader aria-label={t('page.loading')} />
      </Center>
    );
  }
  return <OpenFlow flow={flow.data} types={types.data} />;
}

function OpenFlow({ flow, types }: { flow: Flow; types: NodeTypes }) {
  const [controller] = useState(() => new DesignerController(flow, types));
  useEffect(() => controller.start(), [controller]);
  return (
    <WidgetsProvider value={WIDGETS}>
      <DesignerProvider controller={controller}>
        <ReactFlowProvider>
          <Designer />
        </ReactFlowProvider>
      </DesignerProvider>
    </WidgetsProvider>
  );
}
