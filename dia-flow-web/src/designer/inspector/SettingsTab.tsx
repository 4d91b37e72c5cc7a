import { Alert, Button, Text } from '@mantine/core';
import { IconTable } from '@tabler/icons-react';
import { Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import {
  type FlowNode,
  fieldsOf,
  isAtOrBelow,
  type NodeType,
  normalPath,
  saidIn,
} from '@/flow-core';
import { usePreviewed } from '../drawer/subject';
import { useDesigner, useDesignerStore } from '../state/context';
import { ContractSection } from './ContractSection';
import { Inputs } from './Inputs';
import classes from './inspector.module.css';
import { NodeFields } from './NodeFields';

export function SettingsTab({ node, type }: { node: FlowNode; type: NodeType | undefined }) {
  const { t, i18n } = useTranslation('designer');
  const store = useDesignerStore();
  const previewed = usePreviewed({ node: node.id });
  const looking = useDesigner((s) => s.drawerOpen && s.drawerTab === 'preview');
  const problems = useDesigner((s) => s.problemsOf.get(node.id));
  if (!type) {
    return <Alert color="red" title={t('inspector.unknown_type', { type: node.type })} />;
  }
  const fields = fieldsOf(type.config);
  // A problem with a field is shown there; what belongs to none is shown here.
  const loose = (problems ?? []).filter((p) => {
    const field = p.field ? normalPath(p.field) : '';
    return (
      !/^(in|contract)\./.test(field) && !fields.some((f) => isAtOrBelow(field, `with.${f.name}`))
    );
  });
  return (
    <div className={classes.stack}>
      {loose.map((p) => (
        <Alert
          key={`${p.code}${p.message}`}
          color={p.severity === 'error' ? 'red' : 'orange'}
          p="xs"
          data-testid="node-problem"
        >
          {saidIn(i18n.language, p)}
        </Alert>
      ))}
      <Inputs node={node} type={type} />
      {fields.length === 0 && (
        <Text c="var(--app-muted)" fz="sm">
          {t('inspector.no_settings')}
        </Text>
      )}
      <Suspense>
        <NodeFields key={node.id} node={node} fields={fields} root={type.config} />
      </Suspense>
      <ContractSection node={node} type={type} />
      {previewed && !looking && (
        <Button
          variant="light"
          leftSection={<IconTable size={16} />}
          onClick={() => store.getState().showDrawer('preview')}
          data-testid="show-preview"
        >
          {t('preview.show')}
        </Button>
      )}
    </div>
  );
}
