import { Button, Modal, Skeleton, Stack } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getFlow, keys } from '@/api';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { BackfillForm } from './BackfillForm';
import { BackfillProgress } from './BackfillProgress';
import { Earlier } from './Earlier';

interface Props {
  flowId: string;
  title: string;
  opened: boolean;
  onClose: () => void;
}

/** Many runs of one flow, each with parameters of its own: starting them, and how far they are. */
export function BackfillModal({ flowId, title, opened, onClose }: Props) {
  const { t } = useTranslation('backfills');
  return (
    <Modal opened={opened} onClose={onClose} title={t('title', { title })} size="xl">
      {opened && <Content flowId={flowId} />}
    </Modal>
  );
}

function Content({ flowId }: { flowId: string }) {
  const { t } = useTranslation('backfills');
  const [shown, setShown] = useState<string>();
  const flow = useQuery({
    queryKey: [...keys.flow(flowId), 'backfill'],
    queryFn: ({ signal }) => getFlow(flowId, signal),
    staleTime: 0,
  });
  if (shown) {
    return (
      <Stack>
        <BackfillProgress id={shown} />
        <Button
          variant="subtle"
          size="compact-sm"
          w="fit-content"
          leftSection={<IconArrowLeft size={15} />}
          onClick={() => setShown(undefined)}
        >
          {t('back')}
        </Button>
      </Stack>
    );
  }
  if (flow.error) return <ProblemAlert error={flow.error} onRetry={() => void flow.refetch()} />;
  if (!flow.data) return <Skeleton h={260} />;
  return (
    <Stack gap="xl">
      <BackfillForm flow={flow.data} onStarted={(backfill) => setShown(backfill.id)} />
      <Earlier flowId={flowId} onShow={setShown} />
    </Stack>
  );
}
