import { Badge, Group } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { JsonTree } from '@/data';
import { Markdown } from '@/ui/Markdown';
import classes from './approvals.module.css';
import type { Question } from './question';

/** What is asked, of whom, and the facts that it is about. */
export function QuestionView({ question, escalated }: { question: Question; escalated: boolean }) {
  const { t } = useTranslation('approvals');
  const asked = escalated ? [...question.assignees, ...question.escalateTo] : question.assignees;
  return (
    <>
      {question.message && (
        <div className={classes.message}>
          <Markdown text={question.message} />
        </div>
      )}
      {Object.keys(question.data).length > 0 && (
        <div className={classes.data}>
          <JsonTree value={question.data} label={t('data')} />
        </div>
      )}
      <Group gap={6} className={classes.asked}>
        <span>{t('asked')}</span>
        {asked.length === 0 && <span>{t('everybody')}</span>}
        {asked.map((name) => (
          <Badge key={name} variant="default" tt="none" fw={500}>
            {name.startsWith('role:')
              ? t(`common:role.${name.slice(5)}`, { defaultValue: name.slice(5) })
              : name}
          </Badge>
        ))}
        {escalated && (
          <Badge color="orange" variant="light" tt="none">
            {t('escalated')}
          </Badge>
        )}
      </Group>
    </>
  );
}
