import {
  ActionIcon,
  Anchor,
  Button,
  Group,
  Menu,
  SegmentedControl,
  Text,
  Tooltip,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconArrowBackUp,
  IconArrowForwardUp,
  IconCalendarRepeat,
  IconChevronRight,
  IconDots,
  IconHistory,
  IconHistoryToggle,
  IconLayoutBottombar,
  IconLayoutSidebar,
  IconRocket,
  IconRosetteDiscountCheck,
  IconRoute,
  IconSettings,
} from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { canRedo, canUndo } from '@/flow-core';
import { useController, useDesigner, useDesignerStore } from '../state/context';
import classes from './header.module.css';
import { PublishDialog } from './PublishDialog';
import { RunControls } from './RunControls';
import { RunSummary } from './RunSummary';
import { SaveStatus } from './SaveStatus';
import { VersionsDialog } from './VersionsDialog';

const LineageDialog = lazy(() =>
  import('../lineage/LineageDialog').then((module) => ({ default: module.LineageDialog })),
);
const BackfillModal = lazy(() =>
  import('@/backfills/BackfillModal').then((module) => ({ default: module.BackfillModal })),
);

export function Header() {
  const { t } = useTranslation('designer');
  const controller = useController();
  const { store } = controller;
  const { title, name } = useDesigner((s) => s.history.document.metadata);
  const view = useDesigner((s) => s.view);
  const [publishing, publish] = useDisclosure(false);
  const [versions, showVersions] = useDisclosure(false);
  const [backfilling, backfill] = useDisclosure(false);
  const [lineage, showLineage] = useDisclosure(false);
  const flowId = useDesigner((s) => s.flow.id);
  const { patch } = store.getState();
  return (
    <header className={classes.header}>
      <nav className={classes.crumbs} aria-label={t('header.path')}>
        <Anchor component={Link} to="/flows" fz="sm" c="var(--app-muted)">
          {t('header.flows')}
        </Anchor>
        <IconChevronRight size={14} color="var(--app-muted)" />
        <h1 className={classes.heading}>
          <Tooltip label={t('header.settings')}>
            <button
              type="button"
              className={classes.title}
              onClick={() => patch({ inspector: 'flow', view: 'canvas' })}
              data-testid="flow-title"
            >
              {title || name}
            </button>
          </Tooltip>
        </h1>
        <SaveStatus />
        <RunSummary />
      </nav>
      <SegmentedControl
        size="xs"
        value={view}
        onChange={(next) => patch({ view: next as 'canvas' | 'yaml', picker: null })}
        data={[
          { value: 'canvas', label: t('header.canvas') },
          { value: 'yaml', label: 'YAML' },
        ]}
        aria-label={t('header.view')}
        data-testid="view-switch"
      />
      <Group gap={4} wrap="nowrap" className={classes.actions}>
        <History />
        <Panels />
        <Menu>
          <Menu.Target>
            <ActionIcon size="lg" aria-label={t('header.more')} data-testid="flow-menu">
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              leftSection={<IconSettings size={16} />}
              onClick={() => patch({ inspector: 'flow', view: 'canvas' })}
              data-testid="flow-settings"
            >
              {t('header.settings')}
            </Menu.Item>
            <Menu.Item leftSection={<IconHistory size={16} />} onClick={showVersions.open}>
              {t('header.versions')}
            </Menu.Item>
            <Menu.Item
              leftSection={<IconRoute size={16} />}
              onClick={showLineage.open}
              data-testid="flow-lineage"
            >
              {t('header.lineage')}
            </Menu.Item>
            <Menu.Item
              component={Link}
              to={`/flows/${flowId}/quality`}
              leftSection={<IconRosetteDiscountCheck size={16} />}
              data-testid="flow-quality"
            >
              {t('header.quality')}
            </Menu.Item>
            <Menu.Item
              component={Link}
              to={`/flows/${flowId}/marks`}
              leftSection={<IconHistoryToggle size={16} />}
              data-testid="flow-marks"
            >
              {t('header.marks')}
            </Menu.Item>
            <Menu.Item
              leftSection={<IconCalendarRepeat size={16} />}
              // The runs are of what is saved.
              onClick={() =>
                void controller.autosave
                  .flush()
                  .catch(() => {})
                  .then(backfill.open)
              }
              data-testid="flow-backfill"
            >
              {t('header.backfill')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
        <Button
          variant="default"
          leftSection={<IconRocket size={16} stroke={1.7} />}
          onClick={publish.open}
          data-testid="publish-button"
        >
          <Text span fz="sm" visibleFrom="md">
            {t('header.publish')}
          </Text>
        </Button>
        <RunControls />
      </Group>
      <PublishDialog opened={publishing} onClose={publish.close} />
      <Suspense>
        {backfilling && (
          <BackfillModal flowId={flowId} title={title || name} opened onClose={backfill.close} />
        )}
        {lineage && <LineageDialog onClose={showLineage.close} />}
      </Suspense>
      <VersionsDialog opened={versions} onClose={showVersions.close} />
    </header>
  );
}

function History() {
  const { t } = useTranslation('designer');
  const store = useDesignerStore();
  const undoable = useDesigner((s) => canUndo(s.history));
  const redoable = useDesigner((s) => canRedo(s.history));
  return (
    <>
      <Tooltip label={`${t('action.undo')} (Ctrl Z)`}>
        <ActionIcon
          size="lg"
          aria-label={t('action.undo')}
          disabled={!undoable}
          onClick={() => store.getState().undo()}
          data-testid="undo"
        >
          <IconArrowBackUp size={18} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={`${t('action.redo')} (Ctrl ⇧ Z)`}>
        <ActionIcon
          size="lg"
          aria-label={t('action.redo')}
          disabled={!redoable}
          onClick={() => store.getState().redo()}
          data-testid="redo"
        >
          <IconArrowForwardUp size={18} />
        </ActionIcon>
      </Tooltip>
    </>
  );
}

function Panels() {
  const { t } = useTranslation('designer');
  const store = useDesignerStore();
  const palette = useDesigner((s) => s.paletteOpen);
  const drawer = useDesigner((s) => s.drawerOpen);
  const { patch } = store.getState();
  return (
    <>
      <Tooltip label={t(palette ? 'palette.hide' : 'palette.show')}>
        <ActionIcon
          size="lg"
          aria-label={t(palette ? 'palette.hide' : 'palette.show')}
          aria-pressed={palette}
          onClick={() => patch({ paletteOpen: !palette })}
          data-testid="toggle-palette"
        >
          <IconLayoutSidebar size={18} stroke={1.7} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={t(drawer ? 'drawer.close' : 'drawer.open')}>
        <ActionIcon
          size="lg"
          aria-label={t(drawer ? 'drawer.close' : 'drawer.open')}
          aria-pressed={drawer}
          onClick={() => patch({ drawerOpen: !drawer })}
          data-testid="toggle-drawer"
        >
          <IconLayoutBottombar size={18} stroke={1.7} />
        </ActionIcon>
      </Tooltip>
    </>
  );
}
