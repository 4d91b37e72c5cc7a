import { ActionIcon, Badge, Tabs, Tooltip } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { type CSSProperties, lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { Step as ApiStep } from '@/api';
import { SqlView, sqlOf } from '@/data';
import { useDesigner, useDesignerStore } from '../state/context';
import type { DrawerTab } from '../state/store';
import { DataTab } from './DataTab';
import classes from './drawer.module.css';
import { ErrorTab } from './ErrorTab';
import { InstancePickers } from './InstancePicker';
import { LogsTab } from './LogsTab';
import { OutputTab } from './OutputTab';
import { Preview } from './Preview';
import { ProblemsTab } from './ProblemsTab';
import { usePreviewed, useSubject } from './subject';

const WaitCard = lazy(() =>
  import('@/runs/wait/WaitCard').then((module) => ({ default: module.WaitCard })),
);

const LineageTab = lazy(() =>
  import('../lineage/LineageTab').then((module) => ({ default: module.LineageTab })),
);

/** The theme's own orange is too pale for a number. */
const warned = {
  '--badge-bg': 'light-dark(#fdf0dd, #33281a)',
  '--badge-color': 'light-dark(#8a4b00, #f0b264)',
} as CSSProperties;

/** What the selected node or edge got and gave, with logs, errors and problems. */
export function Drawer() {
  const { t } = useTranslation('designer');
  const store = useDesignerStore();
  const tab = useDesigner((s) => s.drawerTab);
  const problems = useDesigner((s) => s.problems.length);
  const failing = useDesigner((s) => s.problems.some((each) => each.severity === 'error'));
  const subject = useSubject();
  const failed = useDesigner((s) =>
    subject.node ? s.steps[subject.node]?.error !== undefined : s.run?.error !== undefined,
  );
  const step = useDesigner((s) => (subject.node ? s.steps[subject.node] : undefined));
  const runId = useDesigner((s) => s.run?.id);
  const waits = step?.wait && runId ? { step, runId } : undefined;
  const sql = subject.edge ? undefined : sqlOf(step?.details);
  const previewed = usePreviewed(subject);
  const missing =
    (tab === 'error' && !failed) ||
    (tab === 'wait' && !waits) ||
    (tab === 'sql' && !sql) ||
    (tab === 'lineage' && (!subject.node || subject.edge)) ||
    (tab === 'preview' && previewed === undefined);
  const shown = missing ? 'output' : tab;
  return (
    <section className={classes.drawer} aria-label={t('drawer.title')} data-testid="drawer">
      <Tabs
        value={shown}
        onChange={(next) => store.getState().showDrawer((next ?? 'output') as DrawerTab)}
        className={classes.tabs}
        keepMounted={false}
      >
        <div className={classes.bar}>
          <span className={classes.subject} title={subject.label} data-testid="drawer-subject">
            {subject.label || t('drawer.nothing')}
          </span>
          <Tabs.List className={classes.list}>
            {!subject.edge && (
              <Tabs.Tab value="input" data-testid="drawer-tab-input">
                {t('drawer.input')}
              </Tabs.Tab>
            )}
            {previewed !== undefined && (
              <Tabs.Tab value="preview" data-testid="drawer-tab-preview">
                {t('preview.title')}
              </Tabs.Tab>
            )}
            <Tabs.Tab value="output" data-testid="drawer-tab-output">
              {t(subject.edge ? 'drawer.data' : 'drawer.output')}
            </Tabs.Tab>
            {subject.node && !subject.edge && (
              <Tabs.Tab value="lineage" data-testid="drawer-tab-lineage">
                {t('lineage.title')}
              </Tabs.Tab>
            )}
            {waits && (
              <Tabs.Tab value="wait" data-testid="drawer-tab-wait">
                {t('drawer.wait')}
              </Tabs.Tab>
            )}
            {failed && (
              <Tabs.Tab value="error" color="red" data-testid="drawer-tab-error">
                {t('drawer.error')}
              </Tabs.Tab>
            )}
            {sql && (
              <Tabs.Tab value="sql" data-testid="drawer-tab-sql">
                SQL
              </Tabs.Tab>
            )}
            <Tabs.Tab value="logs" data-testid="drawer-tab-logs">
              {t('drawer.logs')}
            </Tabs.Tab>
            <Tabs.Tab
              value="problems"
              data-testid="drawer-tab-problems"
              rightSection={
                problems > 0 ? (
                  <Badge
                    size="sm"
                    circle
                    color="red"
                    variant="light"
                    style={failing ? undefined : warned}
                    data-testid="problem-count"
                    data-severity={failing ? 'error' : 'warning'}
                  >
                    {problems}
                  </Badge>
                ) : null
              }
            >
              {t('drawer.problems')}
            </Tabs.Tab>
          </Tabs.List>
          <Tooltip label={t('drawer.close')}>
            <ActionIcon
              ml="auto"
              mr={8}
              my="auto"
              aria-label={t('drawer.close')}
              onClick={() => store.getState().patch({ drawerOpen: false })}
              data-testid="drawer-close"
            >
              <IconChevronDown size={18} />
            </ActionIcon>
          </Tooltip>
        </div>
        {subject.node && <InstancePickers node={subject.node} />}
        <Tabs.Panel value="input" className={classes.panel}>
          <DataTab side="input" subject={subject} />
        </Tabs.Panel>
        {previewed !== undefined && (
          <Tabs.Panel value="preview" className={classes.panel}>
            <Preview key={previewed} node={previewed} />
          </Tabs.Panel>
        )}
        <Tabs.Panel value="output" className={classes.panel}>
          <OutputTab subject={subject} />
        </Tabs.Panel>
        {subject.node && !subject.edge && (
          <Tabs.Panel value="lineage" className={classes.panel}>
            <Suspense>
              <LineageTab key={subject.node} node={subject.node} />
            </Suspense>
          </Tabs.Panel>
        )}
        {waits && (
          <Tabs.Panel value="wait" className={classes.panel}>
            <div className={classes.wait}>
              <Suspense>
                <WaitCard step={waits.step as ApiStep} runId={waits.runId} />
              </Suspense>
            </div>
          </Tabs.Panel>
        )}
        <Tabs.Panel value="error" className={classes.panel}>
          <ErrorTab nodeId={subject.node} />
        </Tabs.Panel>
        {sql && (
          <Tabs.Panel value="sql" className={classes.panel}>
            <SqlView sql={sql} />
          </Tabs.Panel>
        )}
        <Tabs.Panel value="logs" className={classes.panel}>
          <LogsTab nodeId={subject.node} />
        </Tabs.Panel>
        <Tabs.Panel value="problems" className={classes.panel}>
          <ProblemsTab />
        </Tabs.Panel>
      </Tabs>
    </section>
  );
}
