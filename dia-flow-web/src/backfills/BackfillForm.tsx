import {
  Button,
  Group,
  NumberInput,
  SegmentedControl,
  Select,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Backfill, type BackfillBody, type Flow, keys, startBackfill } from '@/api';
import { useFormat } from '@/lib/format';
import { ParamField } from '@/runs/params/ParamField';
import {
  checkField,
  type Definitions,
  type Fields,
  toFields,
  toValues,
} from '@/runs/params/values';
import { ProblemAlert } from '@/ui/ProblemAlert';
import classes from './backfills.module.css';
import { bound, rangeCount, rangeParams, readSets, type SetsProblem } from './sets';

interface Props {
  flow: Flow;
  onStarted: (backfill: Backfill) => void;
}

type Mode = 'range' | 'sets';

export function BackfillForm({ flow, onStarted }: Props) {
  const { t } = useTranslation('backfills');
  const client = useQueryClient();
  const definitions = (flow.draft.document.spec.params ?? {}) as Definitions;
  const ranged = rangeParams(definitions);
  const [mode, setMode] = useState<Mode>(ranged.length > 0 ? 'range' : 'sets');
  const [range, setRange] = useState<RangeFields>({
    param: ranged[0] ?? '',
    from: '',
    to: '',
    step: '',
  });
  const [text, setText] = useState('');
  const [parallel, setParallel] = useState(4);
  const [version, setVersion] = useState('0');
  const [touched, setTouched] = useState(false);

  // The parameters that are the same for all runs.
  const fixed = Object.fromEntries(
    Object.entries(definitions).filter(([name]) => mode === 'sets' || name !== range.param),
  );
  const form = useForm<Fields>({ initialValues: toFields(definitions, {}) });
  const type = definitions[range.param]?.type ?? 'integer';
  const count = rangeCount(type, range.from, range.to, range.step);
  const read = readSets(text, definitions);
  const runs = mode === 'range' ? count : 'sets' in read ? read.sets.length : undefined;

  const start = useMutation({
    mutationFn: (body: BackfillBody) => startBackfill(flow.id, body),
    onSuccess: async (backfill) => {
      onStarted(backfill);
      await client.invalidateQueries({ queryKey: keys.backfills });
    },
  });
  const submit = () => {
    setTouched(true);
    if (runs === undefined) return;
    const common = { params: toValues(fixed, form.values), parallel, version: Number(version) };
    if (mode === 'range') {
      const problems = Object.entries(fixed).flatMap(([name, definition]) =>
        checkField(definition, form.values[name] ?? '') ? [name] : [],
      );
      for (const name of problems) form.setFieldError(name, t('needed'));
      if (problems.length > 0) return;
      const { param, step } = range;
      start.mutate({
        ...common,
        range: {
          param,
          from: bound(type, range.from),
          to: bound(type, range.to),
          ...(step.trim() ? { step: step.trim() } : {}),
        },
      });
    } else if ('sets' in read) start.mutate({ ...common, sets: read.sets });
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      noValidate
      data-testid="backfill-form"
    >
      <Stack gap="md">
        <Text size="sm" c="var(--app-muted)">
          {t('help')}
        </Text>
        <SegmentedControl
          value={mode}
          onChange={(next) => setMode(next as Mode)}
          data={[
            { value: 'range', label: t('mode.range'), disabled: ranged.length === 0 },
            { value: 'sets', label: t('mode.sets') },
          ]}
          aria-label={t('mode.label')}
          data-testid="backfill-mode"
        />
        {mode === 'range' ? (
          <RangeInputs
            params={ranged}
            definitions={definitions}
            range={range}
            bad={touched && count === undefined}
            onChange={setRange}
          />
        ) : (
          <SetsInput
            value={text}
            names={Object.keys(definitions)}
            problem={touched && 'problem' in read ? read.problem : undefined}
            onChange={setText}
          />
        )}
        {Object.keys(fixed).length > 0 && (
          <fieldset className={classes.fixed}>
            <legend>{t('fixed')}</legend>
            {Object.entries(fixed).map(([name, definition]) => (
              <ParamField key={name} name={name} definition={definition} form={form} />
            ))}
          </fieldset>
        )}
        <Group grow align="flex-start">
          <NumberInput
            label={t('parallel')}
            description={t('parallel_help')}
            inputWrapperOrder={['label', 'input', 'description']}
            min={1}
            max={1000}
            allowDecimal={false}
            value={parallel}
            onChange={(value) => setParallel(Number(value) || 1)}
            data-testid="backfill-parallel"
          />
          <Select
            label={t('version')}
            data={[
              { value: '0', label: t('draft') },
              ...(flow.published_version > 0
                ? [{ value: String(flow.published_version), label: `v${flow.published_version}` }]
                : []),
            ]}
            value={version}
            allowDeselect={false}
            onChange={(next) => setVersion(next ?? '0')}
          />
        </Group>
        {start.error && <ProblemAlert error={start.error} />}
        <Foot runs={runs} busy={start.isPending} />
      </Stack>
    </form>
  );
}

function Foot({ runs, busy }: { runs: number | undefined; busy: boolean }) {
  const { t } = useTranslation('backfills');
  const format = useFormat();
  return (
    <Group justify="space-between">
      <Text size="sm" c="var(--app-muted)" role="status" data-testid="backfill-count">
        {runs === undefined ? '' : t('count', { count: runs, n: format.number(runs) })}
      </Text>
      <Button
        type="submit"
        leftSection={<IconPlayerPlay size={16} />}
        loading={busy}
        data-testid="backfill-start"
      >
        {t('start')}
      </Button>
    </Group>
  );
}

interface RangeFields {
  param: string;
  from: string;
  to: string;
  step: string;
}

interface RangeProps {
  params: string[];
  definitions: Definitions;
  range: RangeFields;
  bad: boolean;
  onChange: (range: RangeFields) => void;
}

function RangeInputs({ params, definitions, range, bad, onChange }: RangeProps) {
  const { t } = useTranslation('backfills');
  const type = definitions[range.param]?.type;
  const timed = type === 'date' || type === 'datetime';
  const input = type === 'date' ? 'date' : type === 'datetime' ? 'datetime-local' : 'text';
  const set = (change: Partial<RangeFields>) => onChange({ ...range, ...change });
  return (
    <div className={classes.range}>
      <Select
        label={t('param')}
        data={params.map((name) => ({ value: name, label: definitions[name]?.title || name }))}
        value={range.param}
        allowDeselect={false}
        onChange={(param) => set({ param: param ?? '', from: '', to: '' })}
        data-testid="backfill-param"
      />
      <TextInput
        label={t('from')}
        type={input}
        value={range.from}
        error={bad}
        onChange={(event) => set({ from: event.currentTarget.value })}
        data-testid="backfill-from"
      />
      <TextInput
        label={t('to')}
        type={input}
        value={range.to}
        error={bad && t('range_bad')}
        onChange={(event) => set({ to: event.currentTarget.value })}
        data-testid="backfill-to"
      />
      <TextInput
        label={t('step')}
        placeholder={timed ? '1d' : '1'}
        value={range.step}
        error={bad}
        onChange={(event) => set({ step: event.currentTarget.value })}
        data-testid="backfill-step"
      />
    </div>
  );
}

interface SetsProps {
  value: string;
  names: string[];
  problem: SetsProblem | undefined;
  onChange: (text: string) => void;
}

function SetsInput({ value, names, problem, onChange }: SetsProps) {
  const { t } = useTranslation('backfills');
  return (
    <Textarea
      label={t('sets')}
      description={t('sets_help')}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      autosize
      minRows={6}
      maxRows={16}
      placeholder={`${names.slice(0, 3).join(', ') || 'name'}\n…`}
      value={value}
      error={problem && t(`bad.${problem.code}`, { ...problem })}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
      onChange={(event) => onChange(event.currentTarget.value)}
      data-testid="backfill-sets"
    />
  );
}
