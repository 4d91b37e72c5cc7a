import { ActionIcon, Menu } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconCalendarRepeat,
  IconCopyPlus,
  IconDots,
  IconDownload,
  IconHistoryToggle,
  IconPlayerPlay,
  IconRosetteDiscountCheck,
  IconTrash,
} from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { type FlowSummary, getFlow } from '@/api';
import { useCan } from '@/auth/session';
import { saveText } from '@/lib/saveText';
import { notifyError } from '@/ui/notify';
import { DeleteFlowModal } from './DeleteFlowModal';
import { DuplicateFlowModal } from './DuplicateFlowModal';

const BackfillModal = lazy(() =>
  import('@/backfills/BackfillModal').then((module) => ({ default: module.BackfillModal })),
);

export function FlowMenu({ flow, mayWrite }: { flow: FlowSummary; mayWrite: boolean }) {
  const { t } = useTranslation('flows');
  const [deleting, deletion] = useDisclosure(false);
  const [duplicating, duplication] = useDisclosure(false);
  const [backfilling, backfill] = useDisclosure(false);
  const mayRun = useCan('flow.run');

  const download = async () => {
    try {
      const { draft } = await getFlow(flow.id);
      saveText(`${flow.name}.yaml`, draft.yaml, 'application/yaml');
    } catch (error) {
      notifyError(error);
    }
  };

  return (
    <>
      <Menu width={200}>
        <Menu.Target>
          <ActionIcon
            aria-label={t('menu', { title: flow.title || flow.name })}
            data-testid="flow-menu"
          >
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            component={Link}
            to={`/runs?flow=${flow.id}`}
            leftSection={<IconPlayerPlay size={16} stroke={1.6} />}
          >
            {t('showRuns')}
          </Menu.Item>
          <Menu.Item
            component={Link}
            to={`/flows/${flow.id}/quality`}
            leftSection={<IconRosetteDiscountCheck size={16} stroke={1.6} />}
            data-testid="flow-quality"
          >
            {t('quality')}
          </Menu.Item>
          <Menu.Item
            component={Link}
            to={`/flows/${flow.id}/marks`}
            leftSection={<IconHistoryToggle size={16} stroke={1.6} />}
            data-testid="flow-marks"
          >
            {t('marks')}
          </Menu.Item>
          {mayRun && (
            <Menu.Item
              leftSection={<IconCalendarRepeat size={16} stroke={1.6} />}
              onClick={backfill.open}
              data-testid="flow-backfill"
            >
              {t('backfill')}
            </Menu.Item>
          )}
          {mayWrite && (
            <Menu.Item
              leftSection={<IconCopyPlus size={16} stroke={1.6} />}
              onClick={duplication.open}
              data-testid="flow-duplicate"
            >
              {t('duplicate.open')}
            </Menu.Item>
          )}
          <Menu.Item
            leftSection={<IconDownload size={16} stroke={1.6} />}
            onClick={() => void download()}
            data-testid="flow-export"
          >
            {t('export')}
          </Menu.Item>
          {mayWrite && (
            <>
              <Menu.Divider />
              <Menu.Item
                color="red"
                leftSection={<IconTrash size={16} stroke={1.6} />}
                onClick={deletion.open}
                data-testid="flow-delete"
              >
                {t('delete.open')}
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      <DeleteFlowModal flow={flow} opened={deleting} onClose={deletion.close} />
      <Suspense>
        {backfilling && (
          <BackfillModal
            flowId={flow.id}
            title={flow.title || flow.name}
            opened
            onClose={backfill.close}
          />
        )}
      </Suspense>
      <DuplicateFlowModal flow={flow} opened={duplicating} onClose={duplication.close} />
    </>
  );
}
