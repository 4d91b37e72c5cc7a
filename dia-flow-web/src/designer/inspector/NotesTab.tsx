import { Textarea } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type FlowNode, setNodeField } from '@/flow-core';
import { useDesignerStore } from '../state/context';

export function NotesTab({ node }: { node: FlowNode }) {
  const { t } = useTranslation('designer');
  const store = useDesignerStore();
  return (
    <Textarea
      label={t('notes.label')}
      placeholder={t('notes.placeholder')}
      autosize
      minRows={6}
      value={node.note ?? ''}
      onChange={(event) =>
        store
          .getState()
          .edit(setNodeField(node.id, ['note'], event.currentTarget.value || undefined))
      }
      data-testid="field-note"
    />
  );
}
