import { Loader } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useConnection } from '../connection';
import classes from './Shell.module.css';

const interval = 2000;

/** Says that the server is away, asks for it again and again, and refreshes what is shown when it is back. */
export function ConnectionBanner() {
  const { t } = useTranslation('common');
  const lost = useConnection((state) => state.lost);
  const standby = useConnection((state) => state.standby);
  const set = useConnection((state) => state.set);
  const client = useQueryClient();

  useEffect(() => {
    if (!lost) return;
    const timer = setInterval(async () => {
      try {
        const response = await fetch('/readyz', { cache: 'no-store' });
        if (!response.ok) return;
        set(false);
        await client.invalidateQueries();
      } catch {
        // Still away; the next tick asks again.
      }
    }, interval);
    return () => clearInterval(timer);
  }, [lost, set, client]);

  if (!lost) return null;
  return (
    <div className={classes.banner} role="status" data-testid="connection-lost">
      <Loader size={14} color="currentColor" />
      {t(standby ? 'standby.banner' : 'error.connectionLost')}
    </div>
  );
}
