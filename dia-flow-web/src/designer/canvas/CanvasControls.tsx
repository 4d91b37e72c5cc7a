import { ActionIcon, Tooltip } from '@mantine/core';
import { IconFocusCentered, IconMinus, IconPlus, IconSitemap } from '@tabler/icons-react';
import { Panel, useReactFlow } from '@xyflow/react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useAutoLayout } from '../layout/useAutoLayout';
import classes from './canvas.module.css';
import { FIT } from './viewport';

export function CanvasControls() {
  const { t } = useTranslation('designer');
  const flow = useReactFlow();
  const { arrange, busy } = useAutoLayout();
  return (
    <Panel position="bottom-left">
      <div className={classes.toolbar} role="toolbar" aria-label={t('controls.title')}>
        <Tool label={t('controls.zoom_in')} onClick={() => void flow.zoomIn({ duration: 150 })}>
          <IconPlus size={16} />
        </Tool>
        <Tool label={t('controls.zoom_out')} onClick={() => void flow.zoomOut({ duration: 150 })}>
          <IconMinus size={16} />
        </Tool>
        <Tool
          label={t('controls.fit')}
          testId="fit-button"
          onClick={() => void flow.fitView({ ...FIT, duration: 250 })}
        >
          <IconFocusCentered size={16} />
        </Tool>
        <Tool label={t('controls.arrange')} testId="arrange-button" busy={busy} onClick={arrange}>
          <IconSitemap size={16} />
        </Tool>
      </div>
    </Panel>
  );
}

interface ToolProps {
  label: string;
  onClick: () => void;
  children: ReactNode;
  testId?: string;
  busy?: boolean;
}

function Tool({ label, onClick, children, testId, busy }: ToolProps) {
  return (
    <Tooltip label={label} position="top">
      <ActionIcon
        aria-label={label}
        onClick={onClick}
        loading={busy ?? false}
        {...(testId ? { 'data-testid': testId } : {})}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}
