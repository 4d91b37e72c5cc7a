import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type FlowNode, idProblem, renameNode } from '@/flow-core';
import { useDesigner, useDesignerStore } from '../state/context';
import classes from './inspector.module.css';

/** The id under the title; a click makes it editable, and all references follow. Escape leaves it as it was. */
export function NodeId({ node, typeTitle }: { node: FlowNode; typeTitle: string }) {
  const { t } = useTranslation('designer');
  const store = useDesignerStore();
  const doc = useDesigner((s) => s.history.document);
  const [draft, setDraft] = useState<string | null>(null);

  const commit = () => {
    if (draft === null) return;
    const id = draft.trim();
    // What cannot be an id stays to be mended, with the reason below it.
    if (idProblem(doc, id, node.id)) return;
    setDraft(null);
    if (id === node.id) return;
    const { edit, select } = store.getState();
    edit(renameNode(node.id, id));
    select([id]);
  };

  if (draft === null) {
    return (
      <div className={classes.id}>
        <button
          type="button"
          className={classes.idButton}
          onClick={() => setDraft(node.id)}
          title={t('inspector.rename')}
          aria-label={t('inspector.rename_id', { id: node.id })}
          data-testid="node-id"
        >
          {node.id}
        </button>
        {node.title && <span>· {typeTitle}</span>}
      </div>
    );
  }
  const problem = idProblem(doc, draft.trim(), node.id);
  return (
    <TextInput
      size="xs"
      autoFocus
      value={draft}
      aria-label={t('inspector.id')}
      error={problem ? t(`inspector.id_${problem}`) : undefined}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit();
        if (event.key === 'Escape') setDraft(null);
        event.stopPropagation();
      }}
      data-testid="node-id-input"
    />
  );
}
