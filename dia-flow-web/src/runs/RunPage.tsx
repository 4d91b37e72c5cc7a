import { useParams, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ErrorScreen } from '@/app/ErrorScreen';
import { Pending } from '@/app/Pending';
import { Page } from '@/ui/Page';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { RunActions } from './detail/RunActions';
import { RunBody } from './detail/RunBody';
import { RunFacts } from './detail/RunFacts';
import { RunHeader } from './detail/RunHeader';
import { useRun } from './detail/useRun';

export function RunPage() {
  const { runId } = useParams({ from: '/inside/runs/$runId' });
  return <RunScreen key={runId} id={runId} />;
}

function RunScreen({ id }: { id: string }) {
  const { t } = useTranslation('runs');
  const live = useRun(id);
  const { node } = useSearch({ from: '/inside/runs/$runId' });
  if (!live.run) return live.error ? <ErrorScreen error={live.error} /> : <Pending />;
  const { run } = live;
  const name = run.flow_title || run.flow_name;
  return (
    <Page
      fill
      windowTitle={t('detail.windowTitle', { name })}
      title={<RunHeader run={run} name={name} />}
      actions={<RunActions run={run} document={live.graph?.document} step={node} />}
    >
      <RunFacts run={run} stream={live.stream} />
      {live.error && <ProblemAlert error={live.error} />}
      <RunBody live={live} run={run} />
    </Page>
  );
}
