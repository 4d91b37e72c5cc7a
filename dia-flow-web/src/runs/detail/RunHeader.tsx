import { Anchor, Group, Title } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Run } from '@/api';
import { CopyButton } from '@/ui/CopyButton';
import { StatusBadge } from '@/ui/StatusBadge';
import { shortId } from '../ids';
import { isPaused } from '../live';
import classes from './detail.module.css';

export function RunHeader({ run, name }: { run: Run; name: string }) {
  const { t } = useTranslation('runs');
  return (
    <div>
      <Group gap={4} className={classes.crumbs}>
        <Link to="/runs">{t('title')}</Link>
        <IconChevronRight size={14} />
        <span className={classes.id}>{shortId(run.id)}</span>
        <CopyButton value={run.id} label={t('detail.copyId')} size={13} />
      </Group>
      <Group gap="sm" align="center">
        <Title order={1} fz={22} lh="32px">
          {run.flow_id ? (
            <Anchor
              component={Link}
              to={`/flows/${run.flow_id}`}
              inherit
              c="inherit"
              underline="hover"
              title={t('detail.openFlow')}
            >
              {name}
            </Anchor>
          ) : (
            name
          )}
        </Title>
        <StatusBadge status={isPaused(run) ? 'paused' : run.status} />
      </Group>
    </div>
  );
}
