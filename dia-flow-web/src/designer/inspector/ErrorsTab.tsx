import {
  MultiSelect,
  NumberInput,
  SegmentedControl,
  Select,
  Switch,
  Text,
  TextInput,
} from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type FlowNode, type Path, reaches, setNodeField } from '@/flow-core';
import { useDesignerStore, useDocument } from '../state/context';
import classes from './inspector.module.css';

export function ErrorsTab({ node }: { node: FlowNode }) {
  const { t } = useTranslation('designer');
  const store = useDesignerStore();
  const doc = useDocument();
  const set = (path: Path, value: unknown) =>
    store.getState().edit(setNodeField(node.id, path, value));
  const others = doc.spec.nodes
    .filter((other) => other.id !== node.id && !reaches(doc, node.id, other.id))
    .map((other) => other.id);
  const { retry } = node;
  return (
    <div className={classes.stack}>
      <div>
        <Text fz={12.5} fw={550} mb={6}>
          {t('errors.on_error')}
        </Text>
        <SegmentedControl
          fullWidth
          size="xs"
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
      </div>
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
      {retry && (
        <div
          className={classes.stack}
          style={{ paddingLeft: 12, borderLeft: '2px solid var(--app-line)' }}
        >
          <NumberInput
            label={t('errors.attempts')}
            min={1}
            max={100}
            value={retry.attempts}
            onChange={(value) => set(['retry', 'attempts'], Number(value) || 1)}
            data-testid="field-retry.attempts"
          />
          <div style={{ display: 'flex', gap: 8 }}>
            <TextInput
              label={t('errors.initial')}
              value={retry.backoff?.initial ?? ''}
              placeholder="1s"
              onChange={(event) =>
                set(['retry', 'backoff', 'initial'], event.currentTarget.value || undefined)
              }
            />
            <NumberInput
              label={t('errors.factor')}
              value={retry.backoff?.factor ?? ''}
              placeholder="2"
              onChange={(value) =>
                set(['retry', 'backoff', 'factor'], typeof value === 'number' ? value : undefined)
              }
            />
            <TextInput
              label={t('errors.max')}
              value={retry.backoff?.max ?? ''}
              placeholder="1m"
              onChange={(event) =>
                set(['retry', 'backoff', 'max'], event.currentTarget.value || undefined)
              }
            />
          </div>
        </div>
      )}
      <TextInput
        label={t('errors.timeout')}
        description={t('errors.timeout_help')}
        inputWrapperOrder={['label', 'input', 'description']}
        placeholder="5m"
        value={node.timeout ?? ''}
        onChange={(event) => set(['timeout'], event.currentTarget.value || undefined)}
        data-testid="field-timeout"
      />
      <MultiSelect
        label={t('errors.after')}
        description={t('errors.after_help')}
        inputWrapperOrder={['label', 'input', 'description']}
        data={others}
        value={node.after ?? []}
        onChange={(value) => set(['after'], value.length > 0 ? value : undefined)}
        data-testid="field-after"
        searchable
      />
      <Select
        label={t('errors.join')}
        data={(['all', 'any', 'settled'] as const).map((value) => ({
          value,
          label: t(`errors.join_${value}`),
        }))}
        value={node.join ?? 'all'}
        onChange={(value) => set(['join'], value === 'all' ? undefined : value)}
        allowDeselect={false}
        data-testid="field-join"
      />
    </div>
  );
}
