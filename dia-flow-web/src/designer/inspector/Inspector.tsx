import { ActionIcon, Menu, ScrollArea, Tabs, TextInput, Tooltip } from '@mantine/core';
import { IconDots, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { type FlowNode, setNodeField } from '@/flow-core';
import { FlowSettings } from '../flow/FlowSettings';
import { NodeMenuItems } from '../menu/NodeMenuItems';
import { TypeIcon } from '../palette/TypeIcon';
import { useController, useDesigner, useNode } from '../state/context';
import { DocsTab } from './DocsTab';
import { ErrorsTab } from './ErrorsTab';
import classes from './inspector.module.css';
import { NodeId } from './NodeId';
import { NotesTab } from './NotesTab';
import { SettingsTab } from './SettingsTab';

export function Inspector() {
  const mode = useDesigner((s) => s.inspector);
  const id = useDesigner((s) => s.selection[0]);
  const node = useNode(mode === 'node' ? id : undefined);
  if (mode === 'flow') return <FlowSettings />;
  return node ? <NodeInspector key={node.id} node={node} /> : null;
}

function NodeInspector({ node }: { node: FlowNode }) {
  const { t, i18n } = useTranslation('designer');
  const controller = useController();
  const { store } = controller;
  const type = useDesigner((s) => s.types.get(node.type));
  const tab = useDesigner((s) => s.inspectorTab);
  const language = i18n.language === 'zh' ? 'zh' : 'en';
  const typeTitle = type?.doc.title[language] ?? node.type;
  const close = () => {
    store.getState().patch({ inspector: 'closed' });
    controller.canvas?.focus();
  };
  return (
    <aside className={classes.inspector} aria-label={t('inspector.title')} data-testid="inspector">
      <header className={classes.head}>
        <TypeIcon name={node.type} type={type} />
        <div className={classes.names}>
          <TextInput
            variant="unstyled"
            classNames={{ input: classes.titleInput ?? '' }}
            value={node.title ?? ''}
            placeholder={typeTitle}
            aria-label={t('inspector.name')}
            onChange={(event) =>
              store
                .getState()
                .edit(setNodeField(node.id, ['title'], event.currentTarget.value || undefined))
            }
            data-testid="node-title"
          />
          <NodeId key={node.id} node={node} typeTitle={typeTitle} />
        </div>
        <Menu width={220}>
          <Menu.Target>
            <ActionIcon aria-label={t('inspector.more')} data-testid="inspector-menu">
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <NodeMenuItems node={node} />
          </Menu.Dropdown>
        </Menu>
        <Tooltip label={t('inspector.close')}>
          <ActionIcon aria-label={t('inspector.close')} onClick={close}>
            <IconX size={18} />
          </ActionIcon>
        </Tooltip>
      </header>
      <Tabs
        value={tab}
        onChange={(next) => store.getState().patch({ inspectorTab: next ?? 'settings' })}
        className={classes.tabs}
        keepMounted={false}
      >
        <Tabs.List px={12}>
          {(['settings', 'errors', 'notes', 'docs'] as const).map((name) => (
            <Tabs.Tab key={name} value={name} px={10} data-testid={`tab-${name}`}>
              {t(`inspector.tab.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <ScrollArea className={classes.body} type="hover" scrollbarSize={8}>
          <div className={classes.content}>
            <Tabs.Panel value="settings">
              <SettingsTab node={node} type={type} />
            </Tabs.Panel>
            <Tabs.Panel value="errors">
              <ErrorsTab node={node} />
            </Tabs.Panel>
            <Tabs.Panel value="notes">
              <NotesTab node={node} />
            </Tabs.Panel>
            <Tabs.Panel value="docs">
              <DocsTab type={type} />
            </Tabs.Panel>
          </div>
        </ScrollArea>
      </Tabs>
    </aside>
  );
}
