import { Badge, Group } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { stringify } from 'yaml';
import type { NodeType } from '@/flow-core';
import { Markdown } from '@/ui/Markdown';
import classes from './inspector.module.css';

const LONGEST = 300;

/** What comes in or goes out of an example, a line for each port. */
function values(direction: string, ports: unknown): string {
  return Object.entries((ports ?? {}) as Record<string, unknown>)
    .map(([port, value]) => {
      const text = JSON.stringify(value);
      const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text;
      return `# ${direction.padEnd(3)} ${port} = ${shown}\n`;
    })
    .join('');
}

export function DocsTab({ type }: { type: NodeType | undefined }) {
  const { t, i18n } = useTranslation('designer');
  if (!type) return null;
  const language = i18n.language === 'zh' ? 'zh' : 'en';
  return (
    <div className={classes.docs}>
      <p>{type.doc.summary[language]}</p>
      <Markdown text={type.doc.details[language] ?? ''} />
      <Group gap={6} mb="sm">
        <Badge variant="light" color="gray" tt="none">
          {type.name} v{type.version}
        </Badge>
        {type.effect && (
          <Badge variant="light" color="gray" tt="none">
            {t(`effect.${type.effect}`)}
          </Badge>
        )}
      </Group>
      {(type.examples ?? []).length > 0 && (
        <h3 className={classes.section}>{t('docs.examples')}</h3>
      )}
      {(type.examples ?? []).map((example) => (
        <div key={example.title}>
          <p style={{ margin: '8px 0 4px' }}>{example.title}</p>
          <pre>
            {stringify(example.with ?? {}, { lineWidth: 0 })}
            {values('in', example.inputs)}
            {values('out', example.want)}
          </pre>
        </div>
      ))}
    </div>
  );
}
