import { Text, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { keys, listBackfills } from '@/api';
import { useFormat } from '@/lib/format';
import { TimeAgo } from '@/ui/Time';
import { BackfillBar } from './BackfillProgress';
import classes from './backfills.module.css';

/** The latest backfills of a flow. */
export function Earlier({ flowId, onShow }: { flowId: string; onShow: (id: string) => void }) {
  const { t } = useTranslation('backfills');
  const format = useFormat();
  const list = useQuery({
    queryKey: keys.backfillList(flowId),
    queryFn: ({ signal }) => listBackfills(flowId, signal),
  });
  if (!list.data || list.data.length === 0) return null;
  return (
    <section aria-label={t('earlier')}>
      <Text fw={600} size="sm" mb={6}>
        {t('earlier')}
      </Text>
      {list.data.slice(0, 8).map((backfill) => (
        <UnstyledButton
          key={backfill.id}
          className={classes.earlier}
          onClick={() => onShow(backfill.id)}
          data-testid="backfill-earlier"
        >
          <span>{t(`status.${backfill.status}`)}</span>
          <span className="tabular">
            {format.number(backfill.ended)} / {format.number(backfill.total)}
          </span>
          <span className={classes.bar}>
            <BackfillBar backfill={backfill} />
          </span>
          <span className={classes.muted}>
            <TimeAgo value={backfill.created_at} /> · {backfill.created_by}
          </span>
        </UnstyledButton>
      ))}
    </section>
  );
}
