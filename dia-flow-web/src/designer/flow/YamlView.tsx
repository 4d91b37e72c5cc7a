import { Alert, Loader } from '@mantine/core';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ApiError } from '@/api/errors';
import { toApiError } from '@/api/errors';
import { saidIn } from '@/flow-core';
import { said } from '@/lib/problems';
import type { Mark } from '../code/CodeEditor';
import { LazyCode } from '../code/LazyCode';
import { useController, useDesigner } from '../state/context';
import classes from './yaml.module.css';

const DELAY = 700;

/** The document as text. What is typed is saved as it stands; text that is no flow stays here with its error. */
export function YamlView() {
  const { t, i18n } = useTranslation('designer');
  const controller = useController();
  const saved = useDesigner((s) => s.yaml);
  const problems = useDesigner((s) => s.problems);
  const [ready, setReady] = useState(false);
  const [text, setText] = useState('');
  const [error, setError] = useState<ApiError | null>(null);
  const typed = useRef<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  useEffect(() => {
    let current = true;
    controller.autosave
      .flush()
      .catch(() => {})
      .then(() => {
        if (!current) return;
        setText(controller.store.getState().yaml);
        setReady(true);
      });
    return () => {
      current = false;
    };
  }, [controller]);

  const save = useCallback(async () => {
    const sent = typed.current;
    if (sent === null) return;
    try {
      await controller.putYaml(sent);
      if (typed.current === sent) typed.current = null;
      setError(null);
    } catch (cause) {
      setError(toApiError(cause));
    }
  }, [controller]);

  // Undo on the canvas side and restored versions arrive here as long as nothing is being typed.
  useEffect(() => {
    if (ready && typed.current === null) setText(saved);
  }, [saved, ready]);

  // Leaving the tab saves what was typed last.
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      if (typed.current !== null) void controller.putYaml(typed.current).catch(() => {});
    },
    [controller],
  );

  const marks = useMemo(
    (): Mark[] =>
      error
        ? placed(error)
        : problems.flatMap((p) =>
            p.line
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
    [error, problems, i18n.language],
  );

  if (!ready) {
    return (
      <div className={classes.waiting}>
        <Loader size="sm" />
      </div>
    );
  }
  return (
    <div className={classes.view} data-testid="yaml-view">
      <div className={classes.editor}>
        <LazyCode
          fill
          code="yaml"
          lines
          label={t('yaml.label')}
          value={text}
          marks={marks}
          onChange={(next) => {
            setText(next);
            clearTimeout(timer.current);
            const { yaml, saveState, patch } = controller.store.getState();
            if (next === yaml) {
              // Back at what is saved, by undo or by hand.
              typed.current = null;
              setError(null);
              if (saveState === 'refused') patch({ saveState: 'saved', saveError: null });
              return;
            }
            typed.current = next;
            timer.current = setTimeout(() => void save(), DELAY);
          }}
          testId="yaml-editor"
        />
      </div>
      {error && (
        <Alert color="red" radius={0} title={t('yaml.not_saved')} data-testid="yaml-error">
          {error.message}
          {error.details.map((detail) => (
            <div key={`${detail.line}${detail.message}`}>
              {detail.line && t('place.line', { n: detail.line })} {said(detail)}
            </div>
          ))}
        </Alert>
      )}
    </div>
  );
}

function placed(error: ApiError): Mark[] {
  return error.details.flatMap((detail): Mark[] =>
    detail.line
      ? [
          {
            severity: 'error',
            message: said(detail),
            line: detail.line,
            ...(detail.column ? { column: detail.column } : {}),
          },
        ]
      : [],
  );
}
