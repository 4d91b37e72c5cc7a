import { Button, Group, SegmentedControl, Switch, Text } from '@mantine/core';
import { IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ExecutionEvent, ExecutionRequest, Value } from '@/api';
import { ValueView } from '@/data/ValueView';
import { evaluate } from '@/designer/api/flows';
import { LazyCode } from '@/designer/code/LazyCode';
import { useDesigner, useDesignerStore, useNode } from '@/designer/state/context';
import type { JsonSchema } from '@/flow-core';
import { useFormat } from '@/lib/format';
import { said } from '@/lib/problems';
import { LogList } from '@/runs/detail/LogList';
import { ProblemAlert } from '@/ui/ProblemAlert';
import classes from './python.module.css';
import {
  argumentOf,
  type Origin,
  originsOf,
  type Parameter,
  parametersOf,
  startsGiven,
  surroundingsOf,
} from './samples';
import { useExecution } from './useExecution';

interface Choice {
  given: boolean;
  origin: Origin;
  sample: string;
}

// What was typed is there again when the test is opened again.
const remembered = new Map<string, Record<string, Partial<Choice>>>();

interface Props {
  nodeId: string;
  code: string;
  schema: JsonSchema | undefined;
}

/** Runs the code of a node with data of the last run or with samples, apart from any run. */
export function PythonTest({ nodeId, code, schema }: Props) {
  const { t } = useTranslation('designer');
  const store = useDesignerStore();
  const node = useNode(nodeId);
  const steps = useDesigner((s) => s.steps);
  const flowId = useDesigner((s) => s.flow.id);
  const key = `${flowId}/${nodeId}`;
  const [choices, setChoices] = useState(remembered.get(key) ?? {});
  const { execution, start, stop } = useExecution();
  const parameters = parametersOf(node, schema, steps);

  const choiceOf = (parameter: Parameter): Choice => ({
    given: startsGiven(parameter),
    origin: originsOf(parameter)[0] ?? 'sample',
    sample: parameter.start,
    ...choices[parameter.name],
  });
  const choose = (name: string, change: Partial<Choice>) => {
    const next = { ...choices, [name]: { ...choices[name], ...change } };
    remembered.set(key, next);
    setChoices(next);
  };
  const bad = parameters.filter((p) => {
    const choice = choiceOf(p);
    return choice.given && choice.origin === 'sample' && !isJson(choice.sample);
  });

  const run = () =>
    start(async (): Promise<ExecutionRequest> => {
      const { history, run: last } = store.getState();
      const value = async (text: string) => {
        const answer = await evaluate({
          document: history.document,
          node: nodeId,
          text,
          ...(last ? { run_id: last.id } : {}),
        });
        if (answer.problem) throw new Error(said(answer.problem));
        return answer.value;
      };
      const args: ExecutionRequest['args'] = {};
      for (const parameter of parameters) {
        const { given, origin, sample } = choiceOf(parameter);
        if (given) args[parameter.name] = await argumentOf(parameter, origin, sample, value);
      }
      return { code, args, ...(await surroundingsOf(node, value)) };
    });

  return (
    <div className={classes.test}>
      <section className={classes.samples} aria-label={t('python.test.inputs')}>
        <h3 className={classes.heading}>{t('python.test.inputs')}</h3>
        {parameters.length === 0 && (
          <Text fz="sm" c="var(--app-muted)">
            {t('python.test.no_inputs')}
          </Text>
        )}
        {parameters.map((parameter) => (
          <Sample
            key={parameter.name}
            parameter={parameter}
            choice={choiceOf(parameter)}
            onChoose={(change) => choose(parameter.name, change)}
          />
        ))}
      </section>
      <section className={classes.outcome} aria-label={t('python.test.result')}>
        <Group gap="xs">
          {execution.running ? (
            <Button
              size="xs"
              color="red"
              variant="light"
              leftSection={<IconPlayerStop size={14} />}
              onClick={stop}
              data-testid="python-test-stop"
            >
              {t('python.test.stop')}
            </Button>
          ) : (
            <Button
              size="xs"
              leftSection={<IconPlayerPlay size={14} />}
              onClick={() => void run()}
              disabled={bad.length > 0 || code.trim() === ''}
              data-testid="python-test-run"
            >
              {t('python.test.run')}
            </Button>
          )}
          <Usage end={execution.end} />
        </Group>
        <Outcome
          end={execution.end}
          problem={execution.problem}
          running={execution.running}
          ran={execution.running || execution.lines.length > 0 || execution.end !== undefined}
        />
        {execution.lines.length > 0 && (
          <div className={classes.log}>
            <Log lines={execution.lines} />
          </div>
        )}
      </section>
    </div>
  );
}

function Sample({
  parameter,
  choice,
  onChoose,
}: {
  parameter: Parameter;
  choice: Choice;
  onChoose: (change: Partial<Choice>) => void;
}) {
  const { t } = useTranslation('designer');
  const origins = originsOf(parameter);
  return (
    <div className={classes.sample} data-testid={`sample-${parameter.name}`}>
      <Group gap="xs" justify="space-between" mb={4}>
        <Text ff="monospace" fz={13} fw={600}>
          {parameter.name}
        </Text>
        {parameter.required ? null : (
          <Switch
            size="xs"
            label={t('python.test.give')}
            aria-label={t('python.test.give_of', { name: parameter.name })}
            checked={choice.given}
            onChange={(event) => onChoose({ given: event.currentTarget.checked })}
          />
        )}
      </Group>
      {choice.given && origins.length > 1 && (
        <SegmentedControl
          size="xs"
          mb={6}
          value={choice.origin}
          onChange={(next) => onChoose({ origin: next as Origin })}
          data={origins.map((value) => ({ value, label: t(`python.test.origin.${value}`) }))}
          aria-label={t('python.test.origin_of', { name: parameter.name })}
        />
      )}
      {choice.given && choice.origin === 'sample' && (
        <LazyCode
          code="json"
          value={choice.sample}
          onChange={(sample) => onChoose({ sample })}
          label={t('python.test.sample_of', { name: parameter.name })}
          invalid={!isJson(choice.sample)}
          minHeight={36}
          maxHeight={220}
          testId={`sample-${parameter.name}-json`}
        />
      )}
      {choice.given && choice.origin === 'run' && (
        <Text fz="xs" c="var(--app-muted)">
          {words(parameter.fromRun, t)}
        </Text>
      )}
      {choice.given && choice.origin === 'argument' && (
        <Text fz="xs" c="var(--app-muted)" ff="monospace" truncate>
          {JSON.stringify(parameter.argument)}
        </Text>
      )}
    </div>
  );
}

function words(
  value: Value | undefined,
  t: (key: string, values?: Record<string, unknown>) => string,
): string {
  if (value?.table) {
    return t('python.test.table', {
      rows: t('python.test.size.rows', { count: value.table.rows }),
      columns: t('python.test.size.columns', { count: value.table.columns?.length ?? 0 }),
    });
  }
  if (value?.file) return value.file.name;
  return JSON.stringify(value?.data ?? null).slice(0, 120);
}

function Log({ lines }: { lines: Parameters<typeof LogList>[0]['lines'] }) {
  const [follow, setFollow] = useState(true);
  return <LogList lines={lines} follow={follow} onFollow={setFollow} withNode={false} />;
}

function Usage({ end }: { end: ExecutionEvent | undefined }) {
  const { t } = useTranslation('designer');
  const format = useFormat();
  if (!end?.usage) return null;
  return (
    <Text fz="xs" c="var(--app-muted)" data-testid="python-test-usage">
      {[
        end.environment,
        t('python.test.usage', {
          wall: format.duration(end.usage.wall_ms),
          memory: format.bytes(end.usage.peak_mib * 1024 * 1024),
        }),
      ]
        .filter(Boolean)
        .join(' · ')}
    </Text>
  );
}

function Outcome({
  end,
  problem,
  running,
  ran,
}: {
  end: ExecutionEvent | undefined;
  problem: unknown;
  running: boolean;
  ran: boolean;
}) {
  const { t } = useTranslation('designer');
  const [port, setPort] = useState('');
  const failure = problem ?? end?.error;
  if (failure) return <ProblemAlert error={failure} />;
  const outputs = Object.entries(end?.outputs ?? {});
  const [name, value] = outputs.find(([each]) => each === port) ?? outputs[0] ?? [];
  if (!name || !value) {
    const text = running ? 'running' : ran && end ? 'nothing' : 'not_run';
    return (
      <Text fz="sm" c="var(--app-muted)" aria-live="polite">
        {t(`python.test.${text}`)}
      </Text>
    );
  }
  return (
    <>
      {outputs.length > 1 && (
        <SegmentedControl
          size="xs"
          value={name}
          onChange={setPort}
          data={outputs.map(([each]) => each)}
          aria-label={t('python.test.result')}
        />
      )}
      <div className={classes.value} data-testid="python-test-result">
        <ValueView key={name} value={value} name={name} />
      </div>
    </>
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
