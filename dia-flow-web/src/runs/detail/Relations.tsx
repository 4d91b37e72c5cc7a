import { HoverCard, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { isFinal, keys, listRuns, type Run } from '@/api';
import { StatusIcon } from '@/ui/StatusBadge';
import { shortId } from '../ids';
import classes from './detail.module.css';
import { Fact } from './parts';

/** At most as many child runs are named here; the list of runs has all of them. */
const SHOWN = 12;

/** The runs that steps of this one wait for, and the backfill that it belongs to. */
export function Relations({ run }: { run: Run }) {
  const { t } = useTranslation('runs');
  const children = useQuery({
    queryKey: keys.runList({ parent: run.id, limit: SHOWN + 1 }),
    queryFn: ({ signal }) => listRuns({ parent: run.id, limit: SHOWN + 1 }, signal),
    refetchInterval: isFinal(run.status) ? false : 5000,
  });
  const items = children.data?.items ?? [];
  return (
    <>
      {items.length > 0 && (
        <Fact name={t('detail.children')}>
          {items.length === 1 && items[0] ? (
            <Child run={items[0]} />
          ) : (
            <HoverCard shadow="md" position="bottom-start">
              <HoverCard.Target>
                <Link
                  to="/runs"
                  search={{ parent: run.id }}
                  className={classes.runLink}
                  data-testid="child-runs"
                >
                  {t('detail.childCount', {
                    count: items.length,
                    n: items.length > SHOWN ? `${SHOWN}+` : items.length,
                  })}
                </Link>
              </HoverCard.Target>
              <HoverCard.Dropdown>
                <Stack gap={4}>
                  {items.slice(0, SHOWN).map((child) => (
                    <Child key={child.id} run={child} />
                  ))}
                </Stack>
              </HoverCard.Dropdown>
            </HoverCard>
          )}
        </Fact>
      )}
      {run.backfill && (
        <Fact name={t('detail.backfill')}>
          <Link to="/runs" search={{ backfill: run.backfill }} className={classes.runLink}>
            {shortId(run.backfill)}
          </Link>
        </Fact>
      )}
    </>
  );
}

function Child({ run }: { run: Run }) {
  const { t } = useTranslation('common');
  return (
    <Link
      to="/runs/$runId"
      params={{ runId: run.id }}
      className={classes.child}
      data-testid="child-run"
    >
      <StatusIcon status={run.status} size={14} label={t(`status.${run.status}`)} />
      {run.flow_title || run.flow_name} · {shortId(run.id)}
    </Link>
  );
}
