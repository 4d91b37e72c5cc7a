import { ActionIcon, ScrollArea, Stack, Tabs, Text, Textarea, TextInput } from '@mantine/core';
import { IconSettings, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { setMetadata } from '@/flow-core';
import classes from '../inspector/inspector.module.css';
import { useDesigner, useDesignerStore } from '../state/context';
import { LimitsEditor } from './LimitsEditor';
import { ParamsEditor } from './ParamsEditor';
import { TriggersEditor } from './TriggersEditor';

export function FlowSettings() {
  const { t } = useTranslation('designer');
  const store = useDesignerStore();
  const { edit, patch } = store.getState();
  const metadata = useDesigner((s) => s.history.document.metadata);
  return (
    <aside
      className={classes.inspector}
      aria-label={t('flow.title')}
      data-testid="flow-settings-panel"
    >
      <header className={classes.head}>
        <IconSettings size={20} stroke={1.7} />
        <Text fw={600} fz={15} flex={1}>
          {t('flow.title')}
        </Text>
        <ActionIcon
          aria-label={t('inspector.close')}
          onClick={() => patch({ inspector: 'closed' })}
        >
          <IconX size={18} />
        </ActionIcon>
      </header>
      <Tabs defaultValue="general" className={classes.tabs} keepMounted={false}>
        <Tabs.List px={12}>
          <Tabs.Tab value="general" px={10}>
            {t('flow.general')}
          </Tabs.Tab>
          <Tabs.Tab value="params" px={10} data-testid="tab-params">
            {t('flow.params')}
          </Tabs.Tab>
          <Tabs.Tab value="triggers" px={10} data-testid="tab-triggers">
            {t('flow.triggers')}
          </Tabs.Tab>
          <Tabs.Tab value="limits" px={10} data-testid="tab-limits">
            {t('flow.limits')}
          </Tabs.Tab>
        </Tabs.List>
        <ScrollArea className={classes.body} type="hover" scrollbarSize={8}>
          <div className={classes.content}>
            <Tabs.Panel value="general">
              <Stack gap="md">
                <TextInput
                  label={t('flow.name_title')}
                  value={metadata.title ?? ''}
                  placeholder={metadata.name}
                  onChange={(event) => edit(setMetadata({ title: event.currentTarget.value }))}
                  data-testid="field-metadata.title"
                />
                <TextInput
                  label={t('flow.name')}
                  description={t('flow.name_help')}
                  inputWrapperOrder={['label', 'input', 'description']}
                  value={metadata.name}
                  readOnly
                  styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
                />
                <Textarea
                  label={t('flow.description')}
                  autosize
                  minRows={3}
                  value={metadata.description ?? ''}
                  onChange={(event) =>
                    edit(setMetadata({ description: event.currentTarget.value }))
                  }
                  data-testid="field-metadata.description"
                />
              </Stack>
            </Tabs.Panel>
            <Tabs.Panel value="params">
              <ParamsEditor />
            </Tabs.Panel>
            <Tabs.Panel value="triggers">
              <TriggersEditor />
            </Tabs.Panel>
            <Tabs.Panel value="limits">
              <LimitsEditor />
            </Tabs.Panel>
          </div>
        </ScrollArea>
      </Tabs>
    </aside>
  );
}
