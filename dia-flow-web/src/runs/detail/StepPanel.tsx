import { Box, CloseButton, Group, SegmentedControl, Tabs, Text } from '@mantine/core';
import { IconAlertTriangle, IconClockHour4 } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Step, Value } from '@/api';
import { JsonTree, SqlView, sqlOf, ValueView } from '@/data';
import { DriftTable, isDrift } from '@/data/DriftTable';
import { nodeOfPath, outputOrder, type Port } from '@/flow-core';
import { useFormat } from '@/lib/format';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { StatusBadge } from '@/ui/StatusBadge';
import { Duration } from '@/ui/Time';
import { WaitCard } from '../wait/WaitCard';
import classes from './detail.module.css';
import { LogsTab } from './LogsTab';
import { ItemsText, Origin } from './parts';
import { inputsOf, type Source } from './sources';
import type { LiveRun } from './useRun';

interface StepPanelProps {
  runId: string;
  step: Step;
  /** What its node can give. */
  ports: Port[];
  /** By node, in the items and rounds that are shown. */
  steps: Record<string, Step>;
  /** What the container around hands to the step, where that is known. */
  item?: Value;
  logs: LiveRun['logs'];
  /** Above the tabs, such as the choice of an item. */
  bar?: ReactNode;
  onClose: () => void;
}

/** One step: what it gave, what it took, why it failed, what it said. */
export function StepPanel({ runId, step, ports, steps, item, logs, bar, onClose }: StepPanelProps) {
  const { t, i18n } = useTranslation('runs');
  const language = i18n.language === 'zh' ? 'zh' : 'en';
  const given = step.outputs ?? {};
  const outputs = outputOrder(given, ports).flatMap((port): Source[] => {
    const value = given[port];
    const title = ports.find((each) => each.name === port)?.title?.[language];
    return value
      ? [{ key: port, label: port, title, value, from: { step: step.node_id, port } }]
      : [];
  });
  const inputs = inputsOf(step, steps, item);
  const [tab, setTab] = useState<string | null>();
  const waits = step.status === 'waiting' && step.wait;
  const first = step.error
    ? 'error'
    : waits
      ? 'wait'
      : outputs.length
        ? 'output'
        : inputs.length
          ? 'input'
          : 'logs';
  const drift = isDrift(step.details?.drift) ? step.details.drift : undefined;
  const sql = sqlOf(step.details);
  const details = step.details && Object.keys(step.details).length > 0 ? step.details : undefined;

  return (
    <div className={classes.step} data-testid="step-panel">
      <Tabs value={tab ?? first} onChange={setTab} className={classes.tabs} keepMounted={false}>
        <Group className={classes.stepHead} gap="sm" wrap="nowrap">
          <Text fw={600} size="sm" truncate>
            {step.title || nodeOfPath(step.node_id)}
          </Text>
          <Text size="xs" ff="monospace" className={classes.muted} visibleFrom="md">
            {step.node_type}
          </Text>
          <StatusBadge status={step.status} />
          <Origin step={step} />
          <Text size="xs" className={classes.muted}>
            <ItemsText step={step} />
          </Text>
          <Text size="xs" className={classes.muted} style={{ whiteSpace: 'nowrap' }}>
            <Duration from={step.started_at} to={step.ended_at} live={step.status === 'running'} />
          </Text>
          <Tabs.List ml="auto" className={classes.stepTabs}>
            {step.error && (
              <Tabs.Tab
                value="error"
                leftSection={<IconAlertTriangle size={14} />}
                data-testid="step-tab-error"
              >
                {t('step.error')}
              </Tabs.Tab>
            )}
            {step.wait && (
              <Tabs.Tab
                value="wait"
                leftSection={<IconClockHour4 size={14} />}
                data-testid="step-tab-wait"
              >
                {t('step.wait')}
              </Tabs.Tab>
            )}
            <Tabs.Tab value="output" data-testid="step-tab-output">
              {t('step.output')}
            </Tabs.Tab>
            <Tabs.Tab value="input" data-testid="step-tab-input">
              {t('step.input')}
            </Tabs.Tab>
            <Tabs.Tab value="logs">{t('step.logs')}</Tabs.Tab>
            {drift && (
              <Tabs.Tab value="drift" data-testid="step-tab-drift">
                {t('step.drift')}
              </Tabs.Tab>
            )}
            {sql && <Tabs.Tab value="sql">SQL</Tabs.Tab>}
            {details && <Tabs.Tab value="details">{t('step.details')}</Tabs.Tab>}
          </Tabs.List>
          <CloseButton onClick={onClose} aria-label={t('step.close')} />
        </Group>
        {bar}
        {step.wait && (
          <Tabs.Panel value="wait" className={classes.panel}>
            <Box h="100%" style={{ overflow: 'auto' }}>
              <WaitCard runId={runId} step={step} />
            </Box>
          </Tabs.Panel>
        )}
        {step.error && (
          <Tabs.Panel value="error" className={classes.panel}>
            <Box p="md" style={{ overflow: 'auto' }} h="100%">
              <ProblemAlert
                error={step.error}
                title={t('step.failed', { code: step.error.code })}
              />
            </Box>
          </Tabs.Panel>
        )}
        <Tabs.Panel value="output" className={classes.panel}>
          <Values
            runId={runId}
            sources={outputs}
            empty={t(step.status === 'skipped' ? 'step.skipped' : 'step.noOutput')}
          />
        </Tabs.Panel>
        <Tabs.Panel value="input" className={classes.panel}>
          <Values runId={runId} sources={inputs} empty={t('step.noInput')} />
        </Tabs.Panel>
        <Tabs.Panel value="logs" className={classes.panel}>
          <LogsTab logs={logs} steps={[]} node={step.node_id} />
        </Tabs.Panel>
        {drift && (
          <Tabs.Panel value="drift" className={classes.panel}>
            <Box
              h="100%"
              style={{ overflow: 'auto' }}
              tabIndex={0}
              role="region"
              aria-label={t('step.drift')}
            >
              <DriftTable drift={drift} />
            </Box>
          </Tabs.Panel>
        )}
        {sql && (
          <Tabs.Panel value="sql" className={classes.panel}>
            <SqlView sql={sql} />
          </Tabs.Panel>
        )}
        {details && (
          <Tabs.Panel value="details" className={classes.panel}>
            <JsonTree value={details} />
          </Tabs.Panel>
        )}
      </Tabs>
    </div>
  );
}

interface ValuesProps {
  runId: string;
  sources: Source[];
  empty: string;
}

function Values({ runId, sources, empty }: ValuesProps) {
  const [key, setKey] = useState<string>();
  const chosen = sources.find((source) => source.key === key) ?? sources[0];
  if (!chosen) {
    return (
      <Text size="sm" p="lg" ta="center" className={classes.muted}>
        {empty}
      </Text>
    );
  }
  return (
    <div className={classes.values}>
      {sources.length > 1 && (
        <Box px="sm" py={6} className={classes.ports}>
          <SegmentedControl
            size="xs"
            value={chosen.key}
            onChange={setKey}
            data={sources.map((source) => ({
              value: source.key,
              label: <PortLabel name={source.title || source.label} value={source.value} />,
            }))}
          />
        </Box>
      )}
      <div className={classes.value}>
        <ValueView
          key={chosen.key}
          value={chosen.value}
          name={chosen.label}
          {...(chosen.from ? { origin: { run: runId, ...chosen.from } } : {})}
        />
      </div>
    </div>
  );
}

function PortLabel({ name, value }: { name: string; value: Value }) {
  const format = useFormat();
  return (
    <span>
      {name}
      {value.table && value.table.rows >= 0 && (
        <span className={classes.muted}> · {format.number(value.table.rows)}</span>
      )}
    </span>
  );
}
