import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { toApiError } from '@/api/errors';
import { bodyOfNode, instancePath, isAtOrWithin, itemValue } from '@/flow-core';
import { said } from '@/lib/problems';
import { evaluate } from '../api/flows';
import { LazyCode } from '../code/LazyCode';
import { useDesigner, useDesignerStore } from '../state/context';
import { completeExpression } from './completion';
import classes from './fields.module.css';
import type { FieldProps } from './types';

/** A field in which `{{ … }}` is worked out when the run reaches the node. */
export function ExpressionField({ nodeId, value, onChange, label, invalid, testId }: FieldProps) {
  const store = useDesignerStore();
  const complete = useMemo(() => completeExpression(store, nodeId), [store, nodeId]);
  const text = typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
  return (
    <>
      <LazyCode
        value={text}
        onChange={(next) => onChange(next === '' ? undefined : next)}
        label={label}
        placeholder="{{ params.name }}"
        complete={complete}
        invalid={invalid}
        maxHeight={160}
        testId={testId}
      />
      <Evaluated nodeId={nodeId} text={text} />
    </>
  );
}

/** What a text with expressions gives on the last run's data. */
export function Evaluated({ nodeId, text }: { nodeId: string; text: string }) {
  const { t } = useTranslation('designer');
  const store = useDesignerStore();
  const runId = useDesigner((s) => s.run?.id);
  const ended = useDesigner((s) => s.run?.ended_at);
  const within = useDesigner((s) =>
    instancePath(s.history.document, bodyOfNode(s.history.document, nodeId), s.instances),
  );
  // Before the container has run there is no item that the text could be tried on.
  const known = useDesigner((s) =>
    Object.keys(s.byPath).some((path) => isAtOrWithin(path, within)),
  );
  const [settled] = useDebouncedValue(text, 300);
  const blind = within !== '' && !known && /\b(item|index)\b/.test(settled);
  const meaningful = !blind && /\{\{\s*\S[\s\S]*?\}\}/.test(settled);
  const result = useQuery({
    queryKey: ['evaluate', nodeId, settled, runId, ended, within],
    enabled: meaningful,
    retry: false,
    staleTime: 10_000,
    queryFn: ({ signal }) => {
      const { history, steps, instances } = store.getState();
      const item = itemValue(history.document, nodeId, steps, instances)?.data;
      return evaluate(
        {
          document: history.document,
          node: nodeId,
          text: settled,
          ...(runId ? { run_id: runId } : {}),
          ...(runId && within && known ? { within, item } : {}),
        },
        signal,
      );
    },
  });
  if (!meaningful) return null;
  const wrong = result.data?.problem;
  const problem = result.error ? toApiError(result.error).message : wrong && said(wrong);
  const shown = problem ?? (result.data ? JSON.stringify(result.data.value) : '…');
  return (
    <div
      className={classes.result}
      data-bad={problem ? true : undefined}
      data-testid="expression-result"
    >
      <span>{problem ? '!' : runId ? t('field.last_run') : t('field.result')}</span>
      <code title={shown}>{shown && shown.length > 300 ? `${shown.slice(0, 300)}…` : shown}</code>
    </div>
  );
}
