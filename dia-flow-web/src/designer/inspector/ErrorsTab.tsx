import {
  MultiSelect,
  NumberInput,
  SegmentedControl,
  Select,
  Switch,
  TagsInput,
  Text,
} from '@mantine/core';
import { useTranslation } from 'react-i18next';
import {
  type FlowNode,
  ITEM,
  isContainer,
  type Path,
  setNodeField,
  visibleFrom,
  wouldCycle,
} from '@/flow-core';
import { DurationInput } from '../fields/DurationInput';
import { useDesigner, useDesignerStore, useDocument } from '../state/context';
import classes from './inspector.module.css';
import { Place, useProblemAt } from './Place';

type SetField = (path: Path, value: unknown) => void;

interface PartProps {
  node: FlowNode;
  set: SetField;
}

/** When a node begins, how often it is tried, and what becomes of a failure. */
export function ErrorsTab({ node }: { node: FlowNode }) {
  const store = useDesignerStore();
  const set: SetField = (path, value) => store.getState().edit(setNodeField(node.id, path, value));
  const container = isContainer(node);
  return (
    <div className={classes.stack}>
      <Failure node={node} set={set} />
      <Attempts node={node} set={set} container={container} />
      {!container && <Caching node={node} set={set} />}
      <Start node={node} set={set} />
    </div>
  );
}

function Failure({ node, set }: PartProps) {
  const { t } = useTranslation('designer');
  return (
    <Place node={node.id} field="onError">
      <Text fz={12.5} fw={550} mb={6} id="on-error">
        {t('errors.on_error')}
      </Text>
      <SegmentedControl
        fullWidth
        size="xs"
        aria-labelledby="on-error"
        value={node.onError ?? 'fail'}
        onChange={(value) => set(['onError'], value === 'fail' ? undefined : value)}
        data={(['fail', 'continue', 'port'] as const).map((value) => ({
          value,
          label: t(`errors.${value}`),
        }))}
        data-testid="field-onError"
      />
      <Text fz={11.5} c="var(--app-muted)" mt={6}>
        {t(`errors.${node.onError ?? 'fail'}_help`)}
      </Text>
    </Place>
  );
}

function Attempts({ node, set, container }: PartProps & { container: boolean }) {
  const { t } = useTranslation('designer');
  const { retry } = node;
  const problem = useProblemAt(node.id);
  return (
    <section className={classes.stack} aria-label={t('errors.attempts_title')}>
      <h3 className={classes.section}>{t('errors.attempts_title')}</h3>
      {container ? (
        <Text fz={12.5} c="var(--app-muted)">
          {t('container.retry')}
        </Text>
      ) : (
        <Switch
          label={t('errors.retry')}
          checked={retry !== undefined}
          onChange={(event) =>
            set(
              ['retry'],
              event.currentTarget.checked
                ? { attempts: 3, backoff: { initial: '1s', factor: 2, max: '1m' } }
                : undefined,
            )
          }
          data-testid="field-retry"
        />
      )}
      {retry && (
        <div className={classes.indent}>
          <Place node={node.id} field="retry.attempts">
            <NumberInput
              label={t('errors.attempts')}
              min={1}
              max={100}
              value={retry.attempts}
              error={problem('retry.attempts')}
              onChange={(value) => set(['retry', 'attempts'], Number(value) || 1)}
              data-testid="field-retry.attempts"
            />
          </Place>
          <div className={classes.columns}>
            <DurationInput
              label={t('errors.initial')}
              value={retry.backoff?.initial}
              placeholder="1s"
              error={problem('retry.backoff.initial')}
              onChange={(value) => set(['retry', 'backoff', 'initial'], value)}
              data-testid="field-retry.backoff.initial"
            />
            <NumberInput
              label={t('errors.factor')}
              value={retry.backoff?.factor ?? ''}
              placeholder="2"
              min={1}
              max={100}
              error={problem('retry.backoff.factor')}
              onChange={(value) =>
                set(['retry', 'backoff', 'factor'], typeof value === 'number' ? value : undefined)
              }
              data-testid="field-retry.backoff.factor"
            />
            <DurationInput
              label={t('errors.max')}
              value={retry.backoff?.max}
              placeholder="1m"
              error={problem('retry.backoff.max')}
              onChange={(value) => set(['retry', 'backoff', 'max'], value)}
              data-testid="field-retry.backoff.max"
            />
          </div>
          <TagsInput
            label={t('errors.codes')}
            description={t('errors.codes_help')}
            inputWrapperOrder={['label', 'input', 'description']}
            placeholder={retry.on?.length ? '' : t('errors.codes_all')}
            value={retry.on ?? []}
            onChange={(value) => set(['retry', 'on'], value.length > 0 ? value : undefined)}
            data-testid="field-retry.on"
          />
        </div>
      )}
      <Place node={node.id} field="timeout">
        <DurationInput
          label={t('errors.timeout')}
          description={t('errors.timeout_help')}
          placeholder="5m"
          value={node.timeout}
          error={problem('timeout')}
          onChange={(value) => set(['timeout'], value)}
          data-testid="field-timeout"
        />
      </Place>
      <Place node={node.id} field="deadline">
        <DurationInput
          label={t('errors.deadline')}
          description={t('errors.deadline_help')}
          placeholder="1h"
          value={node.deadline}
          error={problem('deadline')}
          onChange={(value) => set(['deadline'], value)}
          data-testid="field-deadline"
        />
      </Place>
    </section>
  );
}

function Caching({ node, set }: PartProps) {
  const { t } = useTranslation('designer');
  const type = useDesigner((s) => s.types.get(node.type));
  const problem = useProblemAt(node.id);
  return (
    <section className={classes.stack} aria-label={t('errors.cache_title')}>
      <h3 className={classes.section}>{t('errors.cache_title')}</h3>
      <Switch
        label={t('errors.cache')}
        description={t('errors.cache_help')}
        checked={node.cache !== undefined}
        onChange={(event) => set(['cache'], event.currentTarget.checked ? {} : undefined)}
        data-testid="field-cache"
      />
      {node.cache && (
        <div className={classes.indent}>
          <Place node={node.id} field="cache.for">
            <DurationInput
              label={t('errors.cache_for')}
              description={t('errors.cache_for_help')}
              placeholder={t('errors.cache_forever')}
              value={node.cache.for}
              error={problem('cache.for')}
              onChange={(value) => set(['cache'], value ? { for: value } : {})}
              data-testid="field-cache.for"
            />
          </Place>
        </div>
      )}
      {(type?.doc.family === 'table' || node.keep) && (
        <Switch
          label={t('errors.keep')}
          description={t('errors.keep_help')}
          checked={node.keep === true}
          onChange={(event) => set(['keep'], event.currentTarget.checked || undefined)}
          data-testid="field-keep"
        />
      )}
    </section>
  );
}

function Start({ node, set }: PartProps) {
  const { t } = useTranslation('designer');
  const doc = useDocument();
  const problem = useProblemAt(node.id);
  const others = [...visibleFrom(doc, node.id)].filter(
    (id) => id !== ITEM && !wouldCycle(doc, id, node.id),
  );
  const lost = (node.after ?? []).filter((id) => !others.includes(id));
  return (
    <section className={classes.stack} aria-label={t('errors.start_title')}>
      <h3 className={classes.section}>{t('errors.start_title')}</h3>
      <Place node={node.id} field="join">
        <Select
          label={t('errors.join')}
          description={t(`errors.join_${node.join ?? 'all'}_help`)}
          inputWrapperOrder={['label', 'input', 'description']}
          data={(['all', 'any', 'settled'] as const).map((value) => ({
            value,
            label: t(`errors.join_${value}`),
          }))}
          value={node.join ?? 'all'}
          error={problem('join')}
          onChange={(value) => set(['join'], value === 'all' ? undefined : value)}
          allowDeselect={false}
          data-testid="field-join"
        />
      </Place>
      <Place node={node.id} field="after">
        <MultiSelect
          label={t('errors.after')}
          description={t('errors.after_help')}
          inputWrapperOrder={['label', 'input', 'description']}
          data={[...others, ...lost]}
          value={node.after ?? []}
          error={problem('after', true)}
          onChange={(value) => set(['after'], value.length > 0 ? value : undefined)}
          data-testid="field-after"
          searchable
        />
      </Place>
    </section>
  );
}
