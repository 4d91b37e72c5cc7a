import { ActionIcon, Text, TextInput, Tooltip } from '@mantine/core';
import { IconUnlink } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  disconnect,
  type FlowNode,
  incomingEdges,
  inputPorts,
  type NodeType,
  renameInput,
  saidIn,
} from '@/flow-core';
import { kindColor } from '../kindColor';
import { useDesigner, useDesignerStore } from '../state/context';
import classes from './inspector.module.css';

/** What feeds the node, by port. Inputs under names of the user's choice are renamed here. */
export function Inputs({ node, type }: { node: FlowNode; type: NodeType }) {
  const { t, i18n } = useTranslation('designer');
  const store = useDesignerStore();
  const problems = useDesigner((s) => s.problemsOf.get(node.id));
  const ports = inputPorts(node, type);
  if (ports.length === 0 && !type.named_inputs) return null;
  const edges = incomingEdges(node).filter((edge) => !edge.waits);
  const declared = new Set((type.inputs ?? []).map((port) => port.name));
  return (
    <section>
      <h3 className={classes.section}>{t('inspector.inputs')}</h3>
      {ports.map((port) => {
        const own = edges.filter((edge) => edge.targetPort === port.name);
        const title = (i18n.language === 'zh' ? port.title?.zh : port.title?.en) || port.name;
        const problem = problems?.find((p) => p.field === `in.${port.name}`);
        return (
          <div key={port.name}>
            <div className={classes.input}>
              <span className={classes.dot} style={{ background: kindColor(port.kind) }} />
              {declared.has(port.name) ? (
                <Text fz="sm" miw={72}>
                  {title}
                </Text>
              ) : (
                <InputName node={node} name={port.name} />
              )}
              <Text fz="sm" c="var(--app-muted)" flex={1} truncate>
                {own.length > 0
                  ? own
                      .map((e) => (e.sourcePort ? `${e.source}.${e.sourcePort}` : e.source))
                      .join(', ')
                  : t(port.required ? 'inspector.not_connected' : 'inspector.optional')}
              </Text>
              {own.length > 0 && (
                <Tooltip label={t('inspector.disconnect')}>
                  <ActionIcon
                    size={24}
                    aria-label={t('inspector.disconnect_port', { name: port.name })}
                    onClick={() => store.getState().edit(disconnect(own))}
                  >
                    <IconUnlink size={14} />
                  </ActionIcon>
                </Tooltip>
              )}
            </div>
            {problem && (
              <Text fz="xs" c="var(--mantine-color-error)" role="alert">
                {saidIn(i18n.language, problem)}
              </Text>
            )}
          </div>
        );
      })}
      {ports.length === 0 && (
        <Text fz="sm" c="var(--app-muted)">
          {t('inspector.named_inputs')}
        </Text>
      )}
    </section>
  );
}

function InputName({ node, name }: { node: FlowNode; name: string }) {
  const { t } = useTranslation('designer');
  const store = useDesignerStore();
  const [draft, setDraft] = useState(name);
  const valid = /^[A-Za-z_]\w*$/.test(draft) && (draft === name || !node.in?.[draft]);
  return (
    <TextInput
      size="xs"
      w={112}
      value={draft}
      error={!valid}
      aria-label={t('inspector.input_name')}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onBlur={() => {
        if (valid) store.getState().edit(renameInput(node.id, name, draft));
        else setDraft(name);
      }}
      onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
      data-testid={`input-name-${name}`}
    />
  );
}
