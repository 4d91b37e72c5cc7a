import { NumberInput, Select, Stack, Switch, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import {
  type Concurrency,
  type FlowSpec,
  type OnLimit,
  type Rate,
  type Retention,
  saidIn,
  setSpec,
} from '@/flow-core';
import { LazyCode } from '../code/LazyCode';
import { completeExpression } from '../fields/completion';
import { DurationInput } from '../fields/DurationInput';
import classes from '../inspector/inspector.module.css';
import { useDesigner, useDesignerStore } from '../state/context';

type Change = Partial<Omit<FlowSpec, 'nodes'>>;

/** What bounds the runs of the flow: how long, how many at once, how often, and how long they are kept. */
export function LimitsEditor() {
  const store = useDesignerStore();
  const spec = useDesigner((s) => s.history.document.spec);
  const problems = useDesigner((s) => s.problems);
  const { i18n } = useTranslation('designer');
  const at = (field: string) => {
    const found = problems.find((p) => p.field === `spec.${field}`);
    return found && saidIn(i18n.language, found);
  };
  const set = (change: Change) =>
    store.getState().edit(setSpec(change, `limits:${Object.keys(change).join()}`));
  const props = { spec, set, at };
  return (
    <Stack gap="xl">
      <Times {...props} />
      <ConcurrencyFields {...props} />
      <RateFields {...props} />
      <RetentionFields {...props} />
    </Stack>
  );
}

interface Props {
  spec: FlowSpec;
  set: (change: Change) => void;
  /** What is wrong at a field of the spec. */
  at: (field: string) => string | undefined;
}

function Times({ spec, set, at }: Props) {
  const { t } = useTranslation('designer');
  return (
    <section className={classes.stack} aria-label={t('limits.times')}>
      <h3 className={classes.section}>{t('limits.times')}</h3>
      <DurationInput
        label={t('flow.timeout')}
        description={t('flow.timeout_help')}
        placeholder="1h"
        value={spec.timeout}
        error={at('timeout')}
        onChange={(timeout) => set({ timeout })}
        data-testid="field-timeout"
      />
      <DurationInput
        label={t('limits.sla')}
        description={t('limits.sla_help')}
        placeholder="30m"
        value={spec.sla}
        error={at('sla')}
        onChange={(sla) => set({ sla })}
        data-testid="field-sla"
      />
      <NumberInput
        label={t('limits.priority')}
        description={t('limits.priority_help')}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        min={-100}
        max={100}
        allowDecimal={false}
        placeholder="0"
        value={spec.priority ?? ''}
        error={at('priority')}
        onChange={(value) =>
          set({ priority: typeof value === 'number' && value !== 0 ? value : undefined })
        }
        data-testid="field-priority"
      />
    </section>
  );
}

const ON_LIMIT: OnLimit[] = ['queue', 'skip', 'cancel_older'];

function ConcurrencyFields({ spec, set, at }: Props) {
  const { t } = useTranslation('designer');
  const store = useDesignerStore();
  const { concurrency } = spec;
  const change = (part: Partial<Concurrency>) => {
    const next: Concurrency = { limit: 1, ...concurrency, ...part };
    if (!next.key) delete next.key;
    if (!next.onLimit || next.onLimit === 'queue') delete next.onLimit;
    set({ concurrency: next });
  };
  const onLimit = concurrency?.onLimit ?? 'queue';
  return (
    <section className={classes.stack} aria-label={t('limits.concurrency')}>
      <Switch
        label={t('limits.concurrency')}
        description={t('limits.concurrency_help')}
        checked={concurrency !== undefined}
        onChange={(event) =>
          set({ concurrency: event.currentTarget.checked ? { limit: 1 } : undefined })
        }
        data-testid="field-concurrency"
      />
      {concurrency && (
        <div className={classes.indent}>
          <NumberInput
            label={t('limits.limit')}
            min={1}
            allowDecimal={false}
            value={concurrency.limit}
            error={at('concurrency.limit')}
            onChange={(value) => change({ limit: Number(value) || 1 })}
            data-testid="field-concurrency.limit"
          />
          <div>
            <Text fz="sm" fw={500} mb={4}>
              {t('limits.key')}
            </Text>
            <LazyCode
              value={concurrency.key ?? ''}
              onChange={(key) => change({ key })}
              label={t('limits.key')}
              placeholder="{{ params.customer }}"
              complete={completeExpression(store, '')}
              invalid={at('concurrency.key') !== undefined}
              testId="field-concurrency.key"
            />
            <Text fz="xs" c="var(--app-muted)" mt={4}>
              {t('limits.key_help')}
            </Text>
            {at('concurrency.key') && (
              <Text fz="xs" c="var(--mantine-color-error)" role="alert">
                {at('concurrency.key')}
              </Text>
            )}
          </div>
          <Select
            label={t('limits.on_limit')}
            description={t(`limits.on_limit_${onLimit}_help`)}
            inputWrapperOrder={['label', 'input', 'description']}
            data={ON_LIMIT.map((value) => ({ value, label: t(`limits.on_limit_${value}`) }))}
            value={onLimit}
            allowDeselect={false}
            onChange={(value) => change({ onLimit: value as OnLimit })}
            data-testid="field-concurrency.onLimit"
          />
        </div>
      )}
    </section>
  );
}

function RateFields({ spec, set, at }: Props) {
  const { t } = useTranslation('designer');
  const { rate } = spec;
  const change = (part: Partial<Rate>) => set({ rate: { limit: 10, per: '1m', ...rate, ...part } });
  return (
    <section className={classes.stack} aria-label={t('limits.rate')}>
      <Switch
        label={t('limits.rate')}
        description={t('limits.rate_help')}
        checked={rate !== undefined}
        onChange={(event) =>
          set({ rate: event.currentTarget.checked ? { limit: 10, per: '1m' } : undefined })
        }
        data-testid="field-rate"
      />
      {rate && (
        <div className={classes.indent}>
          <div className={classes.pair}>
            <NumberInput
              label={t('limits.rate_limit')}
              min={1}
              allowDecimal={false}
              value={rate.limit}
              error={at('rate.limit')}
              onChange={(value) => change({ limit: Number(value) || 1 })}
              data-testid="field-rate.limit"
            />
            <DurationInput
              label={t('limits.rate_per')}
              placeholder="1m"
              value={rate.per}
              error={at('rate.per')}
              onChange={(per) => change({ per: per ?? '' })}
              data-testid="field-rate.per"
            />
          </div>
        </div>
      )}
    </section>
  );
}

function RetentionFields({ spec, set, at }: Props) {
  const { t } = useTranslation('designer');
  const { retention } = spec;
  const change = (part: Partial<Retention>) => {
    const next = { ...retention, ...part };
    for (const key of ['age', 'runs', 'mib'] as const) if (!next[key]) delete next[key];
    set({ retention: next });
  };
  const number = (value: string | number) => (typeof value === 'number' ? value : undefined);
  return (
    <section className={classes.stack} aria-label={t('limits.retention')}>
      <h3 className={classes.section}>{t('limits.retention')}</h3>
      <Text fz={12.5} c="var(--app-muted)">
        {t('limits.retention_help')}
      </Text>
      <DurationInput
        label={t('limits.age')}
        placeholder={t('limits.all')}
        value={retention?.age}
        error={at('retention.age')}
        onChange={(age) => change({ age })}
        data-testid="field-retention.age"
      />
      <div className={classes.pair}>
        <NumberInput
          label={t('limits.runs')}
          min={1}
          allowDecimal={false}
          placeholder={t('limits.all')}
          value={retention?.runs ?? ''}
          error={at('retention.runs')}
          onChange={(value) => change({ runs: number(value) })}
          data-testid="field-retention.runs"
        />
        <NumberInput
          label={t('limits.mib')}
          min={1}
          allowDecimal={false}
          placeholder={t('limits.all')}
          value={retention?.mib ?? ''}
          error={at('retention.mib')}
          onChange={(value) => change({ mib: number(value) })}
          data-testid="field-retention.mib"
        />
      </div>
    </section>
  );
}
