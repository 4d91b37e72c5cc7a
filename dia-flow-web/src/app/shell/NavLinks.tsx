import { Tooltip } from '@mantine/core';
import {
  IconDatabase,
  IconFiles,
  IconPackages,
  IconPlayerPlay,
  IconRoute,
  IconSettings,
  IconUserCheck,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { approvalsQuery } from '@/approvals/useApprovals';
import { useRunCounts } from '@/runs/useRunCounts';
import classes from './Shell.module.css';

/** The rooms of the house, in the order of the navigation. */
export const places = [
  { to: '/flows', key: 'flows', icon: IconRoute },
  { to: '/runs', key: 'runs', icon: IconPlayerPlay },
  { to: '/approvals', key: 'approvals', icon: IconUserCheck },
  { to: '/files', key: 'files', icon: IconFiles },
  { to: '/connections', key: 'connections', icon: IconDatabase },
  { to: '/environments', key: 'environments', icon: IconPackages },
  { to: '/settings', key: 'settings', icon: IconSettings },
] as const;

type Place = (typeof places)[number]['key'];

export function NavLinks({ folded }: { folded: boolean }) {
  const { t } = useTranslation('common');
  const { data: counts } = useRunCounts();
  const { data: approvals } = useQuery({ ...approvalsQuery(true), refetchInterval: 15_000 });
  const counters: Partial<Record<Place, { count: number; status: string }>> = {
    runs: { count: (counts?.running ?? 0) + (counts?.queued ?? 0), status: 'running' },
    approvals: { count: approvals?.length ?? 0, status: 'waiting' },
  };
  return (
    <ul className={classes.links}>
      {places.map(({ to, key, icon: Icon }) => (
        <li key={to}>
          <Tooltip label={t(`nav.${key}`)} position="right" disabled={!folded}>
            <Link
              to={to}
              className={classes.link}
              activeProps={{ 'data-active': true }}
              aria-label={[t(`nav.${key}`), counters[key]?.count].filter(Boolean).join(', ')}
              data-testid={`nav-${key}`}
            >
              <Icon size={20} stroke={1.7} />
              <span className={classes.label}>{t(`nav.${key}`)}</span>
              {(counters[key]?.count ?? 0) > 0 && (
                <span
                  className={classes.counter}
                  data-status={counters[key]?.status}
                  data-testid={`nav-count-${key}`}
                >
                  {counters[key]?.count}
                </span>
              )}
            </Link>
          </Tooltip>
        </li>
      ))}
    </ul>
  );
}
