import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatPath, isTemplate, normalPath, saidIn } from '@/flow-core';
import type { Mark } from '../code/CodeEditor';
import { Enlargeable } from '../code/Enlargeable';
import { LazyCode } from '../code/LazyCode';
import { useDesigner, useDesignerStore } from '../state/context';
import { completeExpression, completeSql } from './completion';
import { Evaluated } from './ExpressionField';
import type { FieldProps } from './types';

export function SqlField(props: FieldProps) {
  const store = useDesignerStore();
  const complete = useMemo(() => completeSql(store, props.nodeId), [store, props.nodeId]);
  const text = typeof props.value === 'string' ? props.value : '';
  const marks = usePlaceMarks(props);
  const long = props.spec.name === 'query' || props.spec.name === 'sql' || text.includes('\n');
  return (
    <Enlargeable title={`${props.nodeId} · ${props.label}`}>
      {(large) => (
        <LazyCode
          code="sql"
          value={text}
          onChange={(next) => props.onChange(next === '' ? undefined : next)}
          label={props.label}
          placeholder={typeof props.spec.example === 'string' ? props.spec.example : ''}
          complete={complete}
          invalid={props.invalid}
          marks={marks}
          minHeight={long ? 120 : 36}
          maxHeight={320}
          lines={large}
          fill={large}
          testId={large ? `${props.testId}-large` : props.testId}
        />
      )}
    </Enlargeable>
  );
}

/** Places in the text that the analysis or the last run pointed at. */
function usePlaceMarks({ nodeId, path }: FieldProps): Mark[] {
  const { i18n } = useTranslation('designer');
  const problems = useDesigner((s) => s.problemsOf.get(nodeId));
  const place = formatPath(path);
  return useMemo(
    () =>
      (problems ?? []).flatMap((p) =>
        p.field && p.line && normalPath(p.field) === place
          ? [
              {
                severity: p.severity,
                message: saidIn(i18n.language, p),
                line: p.line,
                ...(p.column ? { column: p.column } : {}),
              },
            ]
          : [],
      ),
    [problems, place, i18n.language],
  );
}

/** An expression without braces around it is the field's own language here; templates are allowed inside. */
export function ExpressionTextField(props: FieldProps) {
  const store = useDesignerStore();
  const perItem = props.spec.hint === 'item';
  const complete = useMemo(
    () => completeExpression(store, props.nodeId, perItem),
    [store, props.nodeId, perItem],
  );
  const text = typeof props.value === 'string' ? props.value : '';
  return (
    <>
      <LazyCode
        value={text}
        onChange={(next) => props.onChange(next === '' ? undefined : next)}
        label={props.label}
        placeholder={typeof props.spec.example === 'string' ? props.spec.example : '{{ }}'}
        complete={complete}
        invalid={props.invalid}
        maxHeight={280}
        testId={props.testId}
      />
      {isTemplate(text) && !perItem && <Evaluated nodeId={props.nodeId} text={text} />}
    </>
  );
}

/** A text of JSON with expressions in it as values: the order of names counts, so that it stays as it is written. */
export function DocumentField(props: FieldProps) {
  const store = useDesignerStore();
  const complete = useMemo(
    () => completeExpression(store, props.nodeId, false),
    [store, props.nodeId],
  );
  return (
    <Enlargeable title={`${props.nodeId} · ${props.label}`}>
      {(large) => (
        <LazyCode
          code="json"
          value={typeof props.value === 'string' ? props.value : ''}
          onChange={(next) => props.onChange(next === '' ? undefined : next)}
          label={props.label}
          placeholder={typeof props.spec.example === 'string' ? props.spec.example : '{}'}
          complete={complete}
          invalid={props.invalid}
          minHeight={64}
          maxHeight={320}
          lines={large}
          fill={large}
          testId={large ? `${props.testId}-large` : props.testId}
        />
      )}
    </Enlargeable>
  );
}

export function JsonField(props: FieldProps) {
  const { t } = useTranslation('designer');
  const store = useDesignerStore();
  const perItem = props.spec.hint === 'item';
  const complete = useMemo(
    () => completeExpression(store, props.nodeId, perItem),
    [store, props.nodeId, perItem],
  );
  const outside = props.value === undefined ? '' : JSON.stringify(props.value, null, 2);
  const [text, setText] = useState(outside);
  const [bad, setBad] = useState(false);

  // Undo and other edits from outside win; what is typed is kept as long as it means the same.
  useEffect(() => {
    setText((current) => (meaning(current) === meaning(outside) ? current : outside));
  }, [outside]);

  const type = (next: string) => {
    setText(next);
    if (next.trim() === '') {
      setBad(false);
      props.onChange(undefined);
      return;
    }
    try {
      props.onChange(JSON.parse(next));
      setBad(false);
    } catch {
      setBad(true);
    }
  };
  return (
    <>
      <LazyCode
        code="json"
        value={text}
        onChange={type}
        label={props.label}
        complete={complete}
        invalid={props.invalid || bad}
        minHeight={64}
        maxHeight={280}
        testId={props.testId}
      />
      {bad && (
        <div role="alert" style={{ fontSize: 12, color: 'var(--mantine-color-error)' }}>
          {t('field.json_invalid')}
        </div>
      )}
    </>
  );
}

function meaning(text: string): string {
  if (text.trim() === '') return '';
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}
