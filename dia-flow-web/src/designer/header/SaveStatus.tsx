import { Tooltip } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconCloudOff, IconLoader2 } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { SaveState } from '../state/autosave';
import { useDesigner } from '../state/context';
import classes from './header.module.css';

const ICONS: Record<SaveState, ReactNode> = {
  saved: <IconCheck size={14} />,
  dirty: <IconLoader2 size={14} />,
  saving: <IconLoader2 size={14} />,
  offline: <IconCloudOff size={14} />,
  refused: <IconAlertTriangle size={14} />,
  conflict: <IconAlertTriangle size={14} />,
};

export function SaveStatus() {
  const { t } = useTranslation('designer');
  const state = useDesigner((s) => s.saveState);
  const error = useDesigner((s) => s.saveError);
  const bad = state === 'offline' || state === 'refused' || state === 'conflict';
  return (
    <Tooltip label={error?.message ?? t(`save.${state}_help`)} multiline maw={320}>
      <span
        className={classes.save}
        data-bad={bad || undefined}
        data-state={state}
        data-testid="save-state"
        role="status"
      >
        {ICONS[state]}
        {t(`save.${state}`)}
      </span>
    </Tooltip>
  );
}
