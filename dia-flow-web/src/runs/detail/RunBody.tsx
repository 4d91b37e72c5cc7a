import { Tabs } from '@mantine/core';
import {
  IconChartBar,
  IconCornerDownLeft,
  IconListDetails,
  IconSitemap,
  IconTerminal2,
  IconVariable,
} from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { type Run, type Step, toApiError, type Value } from '@/api';
import { JsonTree, ValueView } from '@/data';
import {
  type Step as CoreStep,
  type FlowDocument,
  itemValue,
  nodeOfPath,
  stepPath,
} from '@/flow-core';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { DriftNote } from './DriftNote';
import classes from './detail.module.css';
import { GraphTab } from './GraphTab';
import { InstanceBar } from './InstanceBar';
import { LogsTab } from './LogsTab';
import { orderedRows } from './order';
import { Split } from './Split';
import { StepPanel } from './StepPanel';
import { StepsTable } from './StepsTable';
import { Timeline } from './Timeline';
import { useInstances } from './useInstances';
import { usePorts } from './usePorts';
import type { LiveRun } from './useRun';

const tabs = ['graph', 'timeline', 'steps', 'logs', 'result', 'input'] as const;
type Tab = (typeof tabs)[number];

const icons = {
  graph: IconSitemap,
  timeline: IconChartBar,
  steps: IconListDetails,
  logs: IconTerminal2,
  result: IconCornerDownLeft,
  input: IconVariable,
};

/** The run from several sides above, the chosen step below. */
export function RunBody({ live, run }: { live: LiveRun; run: Run }) {
  const { t } = useTranslation('runs');
  const search = useSearch({ from: '/inside/runs/$runId' });
  const navigate = useNavigate({ from: '/runs/$runId' });
  const tab: Tab = tabs.find((each) => each === search.tab) ?? 'graph';
  const document = live.graph?.document as FlowDocument | undefined;
  const ports = usePorts(document);
  const shown = useInstances({
    runId: run.id,
    document,
    byPath: live.steps,
    path: search.node,
    onLoaded: live.addSteps,
  });
  const rows = useMemo(() => orderedRows(shown.steps, document), [shown.steps, document]);
  const node = search.node === undefined ? undefined : nodeOfPath(search.node);
  // In another item or round than the one in the address, the same node's step is shown.
  const chosen =
    (node === undefined ? undefined : shown.steps[node]) ?? live.steps[search.node ?? ''];
  const select = (path: string | undefined) =>
    void navigate({ search: (old) => ({ ...old, node: path }), replace: true });
  const selectNode = (id: string | undefined) =>
    select(id && document ? stepPath(document, id, shown.instances) : id);

  return (
    <div className={classes.body}>
      <DriftNote run={run} onSelect={select} />
      {run.error && <RunError run={run} steps={Object.values(live.steps)} onSelect={select} />}
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
              {tabs
                .filter((each) => each !== 'result' || run.result)
                .map((each) => {
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
                  steps={shown.steps}
                  selected={node}
                  onSelect={selectNode}
                />
              )}
            </Tabs.Panel>
            <Tabs.Panel value="timeline" className={classes.panel}>
              <Timeline
                run={run}
                rows={rows}
                byPath={live.steps}
                document={document}
                instances={shown.instances}
                selected={chosen?.node_id}
                onSelect={select}
                onShow={shown.show}
              />
            </Tabs.Panel>
            <Tabs.Panel value="steps" className={classes.panel}>
              <StepsTable
                rows={rows}
                {...(document ? { document } : {})}
                selected={chosen?.node_id}
                onSelect={select}
              />
            </Tabs.Panel>
            <Tabs.Panel value="logs" className={classes.panel}>
              <LogsTab logs={live.logs} steps={rows.map((row) => row.step)} />
            </Tabs.Panel>
            <Tabs.Panel value="result" className={classes.panel}>
              {run.result && <ValueView value={run.result} name="result" />}
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
          chosen &&
          node !== undefined && (
            <StepPanel
              key={chosen.node_id}
              runId={run.id}
              step={chosen}
              ports={ports(nodeOfPath(chosen.node_id))}
              steps={shown.steps}
              item={
                document &&
                (itemValue(
                  document,
                  node,
                  shown.steps as Record<string, CoreStep>,
                  shown.instances,
                ) as Value | undefined)
              }
              logs={live.logs}
              bar={
                document && (
                  <InstanceBar document={document} node={node} shown={shown} byPath={live.steps} />
                )
              }
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
  // The innermost says most: a container fails because of a step in it.
  const failed = steps
    .filter((step) => step.status === 'failed')
    .sort((a, b) => b.node_id.split('/').length - a.node_id.split('/').length)[0];
  const error = failed?.error ?? run.error ?? toApiError(undefined);
  return (
    <div className={classes.error}>
      <ProblemAlert
        error={error}
        title={
          failed
            ? t('detail.failedAt', { step: failed.title || nodeOfPath(failed.node_id) })
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
