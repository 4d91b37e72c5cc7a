import { useTranslation } from 'react-i18next';
import { Field } from '@/designer/fields/Field';
import { useNode } from '@/designer/state/context';
import { fieldsOf, type JsonSchema } from '@/flow-core';
import classes from './python.module.css';

interface Props {
  nodeId: string;
  schema: JsonSchema | undefined;
}

/** A field for each parameter of main() that no input feeds, as its annotation and default say. */
export function PythonArguments({ nodeId, schema }: Props) {
  const { t } = useTranslation('designer');
  const node = useNode(nodeId);
  const args = (node?.with?.args ?? {}) as Record<string, unknown>;
  const fields = schema
    ? fieldsOf(schema).filter(
        (field) => !(node?.in && field.name in node.in) && !field.schema['x-kind'],
      )
    : [];
  if (!schema || fields.length === 0) return null;
  return (
    <div className={classes.arguments} role="group" aria-label={t('python.arguments')}>
      <h3 className={classes.heading}>{t('python.arguments')}</h3>
      {fields.map((field) => (
        <Field
          key={field.name}
          nodeId={nodeId}
          spec={field}
          root={schema}
          path={['with', 'args', field.name]}
          value={args[field.name]}
        />
      ))}
    </div>
  );
}
