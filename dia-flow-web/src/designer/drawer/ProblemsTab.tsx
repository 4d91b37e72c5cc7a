import { Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { saidIn } from '@/flow-core';
import { showProblem } from '../state/actions';
import { useController, useDesigner } from '../state/context';
import classes from './drawer.module.css';

export function ProblemsTab() {
  const { t, i18n } = useTranslation('designer');
  const controller = useController();
  const problems = useDesigner((s) => s.problems);
  if (problems.length === 0) {
    return (
      <div className={classes.nothing}>
        <Text
          fz="sm"
          c="var(--app-muted)"
          style={{ display: 'flex', gap: 6, alignItems: 'center' }}
        >
          <IconCircleCheck size={18} color="#2a8a55" /> {t('problems.none')}
        </Text>
      </div>
    );
  }
  return (
    <ul className={classes.problems} data-testid="problems">
      {problems.map((problem) => (
        <li key={`${problem.node}${problem.field}${problem.code}${problem.message}`}>
          <button type="button" onClick={() => showProblem(controller, problem)}>
            {problem.severity === 'error' ? (
              <IconCircleX size={16} color="var(--mantine-color-error)" />
            ) : (
              <IconAlertTriangle size={16} color="light-dark(#b35c00, #f0b264)" />
            )}
            <b>{problem.node ?? t('problems.flow')}</b>
            {problem.field && <code>{problem.field}</code>}
            <span>{saidIn(i18n.language, problem)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
