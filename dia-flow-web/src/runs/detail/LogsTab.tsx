import {
  ActionIcon,
  Group,
  Loader,
  MultiSelect,
  Select,
  Switch,
  Text,
  TextInput,
  Tooltip,
} from '@mantine/core';
import { IconDownload, IconSearch } from '@tabler/icons-react';
import { useDeferredValue, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LogLine, Step } from '@/api';
import { isAtOrWithin } from '@/flow-core';
import { saveText } from '@/lib/saveText';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { LogList } from './LogList';
import classes from './logs.module.css';
import type { LiveRun } from './useRun';

const levels = ['debug', 'info', 'warn', 'error'] as const;

interface LogsTabProps {
  logs: LiveRun['logs'];
  steps: Step[];
  /** Only the lines of this node, without a choice of nodes. */
  node?: string;
}

/** The run's log lines, filtered by level, node and text; follows the end while lines arrive. */
export function LogsTab({ logs, steps, node }: LogsTabProps) {
  const { t } = useTranslation('runs');
  const [level, setLevel] = useState<(typeof levels)[number]>('debug');
  const [nodes, setNodes] = useState<string[]>([]);
  const [text, setText] = useState('');
  const [follow, setFollow] = useState(true);
  const wanted = useDeferredValue(text.trim().toLowerCase());

  const shown = useMemo(
    () => filterLogs(logs.lines, { level, nodes: node ? [node] : nodes, text: wanted }),
    [logs.lines, level, node, nodes, wanted],
  );
  const save = () =>
    saveText(
      'run.log',
      shown.map((line) => `${line.time} ${line.level} ${line.node_id}: ${line.text}`).join('\n'),
      'text/plain',
    );

  return (
    <div className={classes.frame}>
      <Group gap="xs" className={classes.tools}>
        <TextInput
          size="xs"
          w={200}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          leftSection={<IconSearch size={14} />}
          placeholder={t('logs.search')}
          aria-label={t('logs.search')}
        />
        <Select
          size="xs"
          w={150}
          value={level}
          onChange={(next) => setLevel(levels.find((each) => each === next) ?? 'debug')}
          data={levels.map((each) => ({ value: each, label: t(`logs.from.${each}`) }))}
          allowDeselect={false}
          aria-label={t('logs.level')}
        />
        {!node && (
          <MultiSelect
            size="xs"
            miw={180}
            maw={360}
            value={nodes}
            onChange={setNodes}
            data={steps.map((step) => ({ value: step.node_id, label: step.title || step.node_id }))}
            placeholder={nodes.length ? undefined : t('logs.allNodes')}
            aria-label={t('logs.node')}
            clearable
          />
        )}
        <Switch
          size="xs"
          checked={follow}
          onChange={(event) => setFollow(event.currentTarget.checked)}
          label={t('logs.follow')}
        />
        <Text size="xs" ml="auto" className={classes.count}>
          {t('logs.count', { count: shown.length })}
        </Text>
        {logs.loading && <Loader size={12} />}
        <Tooltip label={t('logs.save')}>
          <ActionIcon onClick={save} aria-label={t('logs.save')} disabled={shown.length === 0}>
            <IconDownload size={16} />
          </ActionIcon>
        </Tooltip>
      </Group>
      {logs.error !== undefined && <ProblemAlert error={logs.error} />}
      {shown.length === 0 && !logs.loading ? (
        <Text size="sm" p="lg" ta="center" className={classes.count}>
          {t(logs.lines.length ? 'logs.noMatch' : 'logs.none')}
        </Text>
      ) : (
        <LogList lines={shown} follow={follow} onFollow={setFollow} withNode={!node} />
      )}
    </div>
  );
}

interface LogFilter {
  level: (typeof levels)[number];
  nodes: string[];
  text: string;
}

export function filterLogs(lines: LogLine[], { level, nodes, text }: LogFilter): LogLine[] {
  const least = levels.indexOf(level);
  return lines.filter(
    (line) =>
      levels.indexOf(line.level) >= least &&
      (nodes.length === 0 || nodes.some((node) => isAtOrWithin(line.node_id, node))) &&
      (text === '' || line.text.toLowerCase().includes(text)),
  );
}
