import { ActionIcon, Modal, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconFlask } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useCan } from '@/auth/session';
import type { Mark } from '@/designer/code/CodeEditor';
import { Enlargeable } from '@/designer/code/Enlargeable';
import { LazyCode } from '@/designer/code/LazyCode';
import type { FieldProps } from '@/designer/fields/types';
import { useDesigner } from '@/designer/state/context';
import { nodeById } from '@/flow-core';
import { saidText } from '@/lib/problems';
import { completePython } from './completion';
import { PythonArguments } from './PythonArguments';
import { PythonTest } from './PythonTest';
import classes from './python.module.css';
import { usePythonCheck } from './usePythonCheck';

/** Code of a Python node with what the server's parser finds in it, in the inspector or large. */
export default function PythonField(props: FieldProps) {
  const { t } = useTranslation('designer');
  const [testing, test] = useDisclosure(false);
  const mayRun = useCan('flow.run');
  const code = typeof props.value === 'string' ? props.value : '';
  const environment = useDesigner(
    (s) => nodeById(s.history.document, props.nodeId)?.with?.environment,
  );
  const check = usePythonCheck(code, typeof environment === 'string' ? environment : '');
  const failed = useRunMarks(props.nodeId, code);
  const marks = useMemo(() => [...check.marks, ...failed], [check.marks, failed]);
  const inputs = useDesigner((s) => nodeById(s.history.document, props.nodeId)?.in);
  const complete = useMemo(
    () => completePython(Object.keys(inputs ?? {}), check.parameters),
    [inputs, check.parameters],
  );
  const missing = check.parameters.filter((name) => !(inputs && name in inputs));

  const editor = (fill: boolean) => (
    <LazyCode
      code="python"
      value={code}
      onChange={(next) => props.onChange(next === '' ? undefined : next)}
      label={props.label}
      lines
      marks={marks}
      complete={complete}
      invalid={props.invalid || marks.some((m) => m.severity === 'error')}
      minHeight={240}
      maxHeight="52vh"
      fill={fill}
      testId={fill ? `${props.testId}-large` : props.testId}
    />
  );

  const findings = (
    <ul className={classes.findings} aria-live="polite">
      {marks.map((mark) => (
        <li
          key={`${mark.line}:${mark.message}`}
          data-severity={mark.severity}
          data-testid="python-finding"
        >
          <span>{t('python.line', { line: mark.line })}</span> {saidText(mark.message)}
        </li>
      ))}
      {marks.length === 0 && check.checked && (
        <li data-severity="ok">
          {check.parameters.length > 0
            ? t('python.parameters', { names: check.parameters.join(', ') })
            : t('python.ok')}
        </li>
      )}
      {missing.length > 0 && marks.length === 0 && inputs && (
        <li data-severity="hint">{t('python.unfed', { names: missing.join(', ') })}</li>
      )}
    </ul>
  );

  return (
    <>
      <Enlargeable
        title={props.nodeId}
        below={findings}
        tools={
          mayRun && (
            <Tooltip label={t('python.test.open')}>
              <ActionIcon
                size={24}
                onClick={test.open}
                aria-label={t('python.test.open')}
                data-testid="python-test"
              >
                <IconFlask size={14} />
              </ActionIcon>
            </Tooltip>
          )
        }
      >
        {editor}
      </Enlargeable>
      <PythonArguments nodeId={props.nodeId} schema={check.schema} />
      <Modal
        opened={testing}
        onClose={test.close}
        size="90%"
        title={t('python.test.title', { node: props.nodeId })}
        centered
      >
        <PythonTest nodeId={props.nodeId} code={code} schema={check.schema} />
      </Modal>
    </>
  );
}

/** Lines of this code that the last run or the analysis points at, as long as the code is still the one they speak of. */
function useRunMarks(nodeId: string, code: string): Mark[] {
  const step = useDesigner((s) => s.steps[nodeId]);
  const atRun = useDesigner((s) => s.nodeAtRun.get(nodeId)?.with?.code);
  return useMemo(() => {
    if (step?.status !== 'failed' || !step.error || atRun !== code) return [];
    const lines = (step.error.details ?? []).flatMap((detail) => detail.line ?? []);
    const [, named, text] = /^Line (\d+): ([\s\S]*)$/.exec(step.error.message) ?? [];
    const line = named ? Number(named) : lines.at(-1);
    if (!line) return [];
    return [{ severity: 'error', message: text ?? step.error.message, line }];
  }, [step, atRun, code]);
}
