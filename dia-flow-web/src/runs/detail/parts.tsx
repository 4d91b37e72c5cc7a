import { Badge, Tooltip } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Step } from '@/api';
import { stepOrigin } from '@/flow-core';
import { useFormat } from '@/lib/format';
import { shortId } from '../ids';
import classes from './detail.module.css';

/** Marks a step whose outputs were taken from an earlier run, the cache or pinned data. */
export function Origin({ step }: { step: Step }) {
  const { t } = useTranslation('runs');
  const origin = stepOrigin(step);
  if (!origin) return null;
  return (
    <Tooltip label={t(`origin.${origin}_help`)} multiline maw={280}>
      <Badge
        size="xs"
        variant="light"
        color={origin === 'pinned' ? 'grape' : 'cyan'}
        tt="none"
        fw={600}
        data-testid="step-origin"
        data-origin={origin}
      >
        {t(`origin.${origin}`)}
      </Badge>
    </Tooltip>
  );
}

/** How far the items or rounds of a container are. */
export function ItemsText({ step }: { step: Step }) {
  const { t } = useTranslation('runs');
  const format = useFormat();
  const { items } = step;
  if (!items) return null;
  return (
    <span data-testid="step-items">
      {`${format.number(items.ended)} / ${format.number(items.count)}`}
      {items.failed > 0 && (
        <b className={classes.failedItems}>
          {t('detail.failedItems', { count: items.failed, n: format.number(items.failed) })}
        </b>
      )}
    </span>
  );
}

/** The way to another run, and to a step of it. */
export function RunLink({ id, node, testId }: { id: string; node?: string; testId?: string }) {
  return (
    <Link
      to="/runs/$runId"
      params={{ runId: id }}
      search={{ node }}
      className={classes.runLink}
      data-testid={testId}
    >
      {shortId(id)}
    </Link>
  );
}

/** One line of the facts about a run. */
export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
