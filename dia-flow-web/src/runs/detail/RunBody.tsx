import { Tabs } from '@mantine/core';
import {
  IconChartBar,
  IconListDetails,
  IconSitemap,
  IconTerminal2,
  IconVariable,
} from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { type Run, type Step, toApiError } from '@/api';
import { JsonTree } from '@/data';
import { ProblemAlert } from '@/ui/ProblemAlert';
import classes from './detail.module.css';
import { GraphTab } from './GraphTab';
import { LogsTab } from './LogsTab';
import { orderedSteps } from './order';
import { Split } from './Split';
import { StepPanel } from './StepPanel';
import { StepsTable } from './StepsTable';
import { Timeline } from './Timeline';
import type { LiveRun } from './useRun';

const tabs = ['graph', 'timeline', 'steps', 'logs', 'input'] as const;
type Tab = (typeof tabs)[number];

const icons = {
  graph: IconSitemap,
  timeline: IconChartBar,
  steps: IconListDetails,
  logs: IconTerminal2,
  input: IconVariable,
};

/** The run from several sides above, the chosen step below. */
export function RunBody({ live, run }: { live: LiveRun; run: Run }) {
  const { t } = useTranslation('runs');
  const search = useSearch({ from: '/inside/runs/$runId' });
  const navigate = useNavigate({ from: '/runs/$runId' });
  const tab: Tab = tabs.find((each) => each === search.tab) ?? 'graph';
  const steps = useMemo(
    () => orderedSteps(Object.values(live.steps), live.graph?.document),
    [live.steps, live.graph],
  );
  const chosen = search.node ? live.steps[search.node] : undefined;
  const select = (node: string | undefined) =>
    void navigate({ search: (old) => ({ ...old, node }), replace: true });

  return (
    <div className={classes.body}>
      {run.error && <RunError run={run} steps={steps} onSelect={select} />}
      <Split
        open={chosen !== undefined}
        top={
          <Tabs
            value={tab}
            onChange={(next) =>
              void navigate({
                search: (old) => ({
                  ...old,
                  tab: next === 'graph' ? undefined : (next ?? undefined),
                }),
                replace: true,
              })
            }
            className={classes.tabs}
            keepMounted={false}
          >
            <Tabs.List className={classes.tabList}>
              {tabs.map((each) => {
                const Icon = icons[each];
                return (
                  <Tabs.Tab
                    key={each}
                    value={each}
                    leftSection={<Icon size={16} stroke={1.7} />}
                    data-testid={`run-tab-${each}`}
                  >
                    {t(`tab.${each}`)}
                  </Tabs.Tab>
                );
              })}
            </Tabs.List>
            <Tabs.Panel value="graph" className={classes.panel}>
              {live.graph && (
                <GraphTab
                  graph={live.graph}
                  steps={live.steps}
                  selected={search.node}
                  onSelect={select}
                />
              )}
            </Tabs.Panel>
            <Tabs.Panel value="timeline" className={classes.panel}>
              <Timeline run={run} steps={steps} selected={search.node} onSelect={select} />
            </Tabs.Panel>
            <Tabs.Panel value="steps" className={classes.panel}>
              <StepsTable steps={steps} selected={search.node} onSelect={select} />
            </Tabs.Panel>
            <Tabs.Panel value="logs" className={classes.panel}>
              <LogsTab logs={live.logs} steps={steps} />
            </Tabs.Panel>
            <Tabs.Panel value="input" className={classes.panel}>
              <JsonTree
                value={{ params: run.params ?? {}, trigger: run.trigger }}
                label={t('tab.input')}
              />
            </Tabs.Panel>
          </Tabs>
        }
        bottom={
          chosen && (
            <StepPanel
              key={chosen.node_id}
              step={chosen}
              steps={live.steps}
              logs={live.logs}
              onClose={() => select(undefined)}
            />
          )
        }
      />
    </div>
  );
}

interface RunErrorProps {
  run: Run;
  steps: Step[];
  onSelect: (node: string) => void;
}

/** Why the run failed, with the way to the step. */
function RunError({ run, steps, onSelect }: RunErrorProps) {
  const { t } = useTranslation('runs');
  const failed = steps.find((step) => step.status === 'failed');
  const error = failed?.error ?? run.error ?? toApiError(undefined);
  return (
    <div className={classes.error}>
      <ProblemAlert
        error={error}
        title={
          failed
            ? t('detail.failedAt', { step: failed.title || failed.node_id })
            : t('detail.failed')
        }
      />
      {failed && (
        <button
          type="button"
          className={classes.errorLink}
          onClick={() => onSelect(failed.node_id)}
        >
          {t('detail.showStep')}
        </button>
      )}
    </div>
  );
}
