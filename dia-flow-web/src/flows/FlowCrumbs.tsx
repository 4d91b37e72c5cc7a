import { Anchor } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import classes from './FlowCrumbs.module.css';

/** The way to a screen that belongs to a flow. */
export function FlowCrumbs({ flowId, title }: { flowId: string; title: string }) {
  const { t } = useTranslation('flows');
  return (
    <nav className={classes.crumbs} aria-label={t('path')}>
      <Anchor component={Link} to="/flows" fz="sm" c="var(--app-muted)">
        {t('title')}
      </Anchor>
      <IconChevronRight size={14} color="var(--app-muted)" />
      <Anchor component={Link} to={`/flows/${flowId}`} fz="sm" c="var(--app-muted)">
        {title || '…'}
      </Anchor>
    </nav>
  );
}
