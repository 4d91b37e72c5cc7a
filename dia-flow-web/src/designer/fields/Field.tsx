import { ActionIcon, Tooltip } from '@mantine/core';
import { IconBraces } from '@tabler/icons-react';
import { type FocusEvent, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  type FieldSpec,
  formatPath,
  helpFor,
  isEmptyValue,
  isTemplate,
  type JsonSchema,
  nodeById,
  normalPath,
  type Path,
  saidIn,
  setNodeField,
  takesExpression,
} from '@/flow-core';
import { said, saidHint } from '@/lib/problems';
import { useDesigner, useDesignerStore } from '../state/context';
import { ExpressionField } from './ExpressionField';
import classes from './fields.module.css';
import { useWidget } from './registry';
import { useFocusRequest } from './useFocusRequest';

interface Props {
  nodeId: string;
  spec: FieldSpec;
  root: JsonSchema;
  path: Path;
  value: unknown;
  /** Fields inside a list row show their name only to assistive technology. */
  bare?: boolean;
}

/** One field with its label, help, problems and the switch to an expression. */
export function Field({ nodeId, spec, root, path, value, bare }: Props) {
  const { t, i18n } = useTranslation('designer');
  const store = useDesignerStore();
  const id = useId();
  const language = i18n.language === 'zh' ? 'zh' : 'en';
  const place = formatPath(path);
  const own = !['list', 'object', 'keyvalue'].includes(spec.widget);
  const found = useFieldProblems(nodeId, place, !own, spec.widget === 'python');
  const key = `${nodeId} ${place}`;
  const due = useDesigner((s) => s.due.has(nodeId) || s.due.has(key));
  const awaited = !due && Boolean(spec.required) && isEmptyValue(value) && found.length > 0;
  const problems = awaited ? [] : found;
  const [asExpression, setAsExpression] = useState(() => isTemplate(value));
  const expression = takesExpression(spec) && (asExpression || isTemplate(value));
  const element = useRef<HTMLDivElement>(null);
  useFocusRequest(nodeId, place, element);
  const leave = (event: FocusEvent) => {
    if (!due && spec.required && !event.currentTarget.contains(event.relatedTarget)) {
      store.getState().makeDue([key]);
    }
  };

  const label = spec.title[language];
  const help = helpFor(spec.help[language], value ?? spec.default, spec.options);
  const Widget = useWidget(spec);
  const testId = `field-${place}`;
  const change = (next: unknown) => store.getState().edit(setNodeField(nodeId, path, next));
  const props = {
    nodeId,
    spec,
    root,
    path,
    value,
    onChange: change,
    invalid: problems.length > 0,
    label,
    testId,
  };
  const toggle = () => {
    if (expression) {
      setAsExpression(false);
      change(undefined);
    } else {
      setAsExpression(true);
      const plain = value === undefined || typeof value === 'object' ? '' : String(value);
      change(plain ? `{{ ${JSON.stringify(value)} }}` : '{{  }}');
    }
  };

  return (
    <div
      ref={element}
      className={bare ? classes.bare : classes.field}
      data-field={place}
      onBlur={leave}
      role="group"
      aria-labelledby={bare ? undefined : id}
      aria-label={bare ? label : undefined}
    >
      {!bare && (
        <div className={classes.labelRow}>
          <span id={id} className={classes.label}>
            {label}
            {spec.required && (
              <span className={classes.required} title={t('field.required')}>
                *
              </span>
            )}
          </span>
          {takesExpression(spec) && (
            <Tooltip label={t(expression ? 'field.to_value' : 'field.to_expression')}>
              <ActionIcon
                size={22}
                variant={expression ? 'light' : 'subtle'}
                color={expression ? 'orange' : 'gray'}
                aria-pressed={expression}
                aria-label={t('field.expression_for', { name: label })}
                onClick={toggle}
                data-testid={`${testId}-expression`}
              >
                <IconBraces size={14} />
              </ActionIcon>
            </Tooltip>
          )}
        </div>
      )}
      {expression ? <ExpressionField {...props} /> : <Widget {...props} />}
      {problems.map((problem) => (
        <div
          key={`${problem.code}${problem.message}`}
          className={classes.error}
          data-severity={problem.severity}
          role="alert"
          data-testid={`${testId}-problem`}
        >
          {saidIn(i18n.language, problem)}
        </div>
      ))}
      {!bare && problems.length === 0 && help && <div className={classes.help}>{help}</div>}
      {awaited && (
        <div className={classes.help} data-testid={`${testId}-required`}>
          {t('field.required')}
        </div>
      )}
    </div>
  );
}

/** Problems at exactly this field; a list or object shows only those that no field inside it will show. */
function useFieldProblems(nodeId: string, place: string, holder: boolean, marksLines: boolean) {
  const problems = useDesigner((s) => s.problemsOf.get(nodeId));
  const step = useDesigner((s) => s.steps[nodeId]);
  const runNode = useDesigner((s) => s.nodeAtRun.get(nodeId));
  const node = useDesigner((s) => nodeById(s.history.document, nodeId));
  let found = (problems ?? []).filter((p) => {
    if (!p.field || (marksLines && p.line)) return false;
    const field = normalPath(p.field);
    return field === place || (!holder && field.startsWith(`${place}.`));
  });
  // What the last run found wrong stays at the field until the node is changed.
  const failed = step?.status === 'failed' && runNode === node ? step.error : undefined;
  // With several places it is not known of which of them the hint speaks.
  const hint = failed?.details?.length === 1 ? saidHint(failed) : undefined;
  for (const detail of failed?.details ?? []) {
    if (marksLines && detail.line) continue;
    if (detail.field && normalPath(detail.field) === place) {
      // A run that came upon what was warned of says no more than the warning.
      found = found.filter((p) => p.severity === 'error' || !p.message.includes(detail.message));
      found.push({
        severity: 'error',
        code: detail.code ?? failed?.code ?? '',
        message: hint ? `${said(detail)} ${hint}` : said(detail),
      });
    }
  }
  return found;
}
