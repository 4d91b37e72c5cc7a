import { Alert, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { type Environment, toApiError } from '@/api';
import { useCan } from '@/auth/session';
import type { Mark } from '@/designer/code/CodeEditor';
import { LazyCode } from '@/designer/code/LazyCode';
import { said } from '@/lib/problems';
import classes from './environments.module.css';
import { LockedPackages } from './LockedPackages';
import { baseQuery, versionQuery } from './queries';
import type { useDraft } from './useDraft';

interface Props {
  environment: Environment;
  draft: ReturnType<typeof useDraft>;
  /** Why the draft could not be saved. */
  problem: unknown;
}

/** What is asked for beside what it came to. */
export function PackagesTab({ environment, draft, problem }: Props) {
  const { t } = useTranslation('environments');
  const mayWrite = useCan('environment.write');
  const base = useQuery(baseQuery);
  const version = useQuery(versionQuery(environment.name, environment.version));
  const marks = useMemo(() => marksOf(problem), [problem]);
  if (environment.builtin) {
    return (
      <LockedPackages
        title={t('locked')}
        packages={base.data?.packages}
        python={base.data?.python}
        nothing={t('builtinHelp')}
      />
    );
  }
  const built = environment.version > 0;
  return (
    <>
      {version.data?.outdated && (
        <Alert color="yellow" variant="light" mb="md">
          {t('outdated')}
        </Alert>
      )}
      <div className={classes.columns}>
        <section className={classes.card}>
          <Title order={2} fz={16}>
            {t('asked')}
          </Title>
          <Text size="sm" mt={2} mb="sm" style={{ color: 'var(--app-muted)' }}>
            {t('askedHelp')}
          </Text>
          <LazyCode
            value={draft.draft.text}
            onChange={(text) => draft.change({ text })}
            label={t('asked')}
            placeholder="polars>=1,<2"
            lines
            readOnly={!mayWrite}
            marks={marks}
            invalid={marks.length > 0}
            minHeight={220}
            maxHeight="52dvh"
            testId="requirements"
          />
        </section>
        <LockedPackages
          title={built ? t('lockedOf', { version: environment.version }) : t('locked')}
          packages={built ? version.data?.packages : []}
          python={version.data?.python}
          nothing={t(built ? 'lockedEmpty' : 'lockedNone')}
        />
      </div>
    </>
  );
}

function marksOf(problem: unknown): Mark[] {
  if (!problem) return [];
  return toApiError(problem)
    .details.filter((detail) => detail.field === 'requirements' && detail.line)
    .map((detail) => ({ severity: 'error', message: said(detail), line: detail.line ?? 1 }));
}
