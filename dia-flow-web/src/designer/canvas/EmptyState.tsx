import { Box, Button, FileButton, Group, Kbd, Stack, Text } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { Trans, useTranslation } from 'react-i18next';
import { TypeIcon } from '../palette/TypeIcon';
import { addNode } from '../state/actions';
import { useController, useDesigner } from '../state/context';
import classes from './canvas.module.css';
import { useDropFiles } from './useDropFiles';

const STARTS = ['file.read', 'http.request', 'python'];

export function EmptyState() {
  const { t, i18n } = useTranslation('designer');
  const controller = useController();
  const types = useDesigner((s) => s.types);
  const { addFiles } = useDropFiles();
  const language = i18n.language === 'zh' ? 'zh' : 'en';
  return (
    <div className={classes.empty} data-testid="empty-state">
      <Stack align="center" gap="lg" maw={560} px="md">
        <Box ta="center">
          <Text fw={600} fz={20} mb={6}>
            {t('empty.title')}
          </Text>
          <Text c="var(--app-muted)" fz="sm">
            <Trans t={t} i18nKey="empty.text" components={{ key: <Kbd size="xs" /> }} />
          </Text>
        </Box>
        <Group gap="sm" justify="center">
          {STARTS.map((name) => types.get(name))
            .filter((type) => type !== undefined)
            .map((type) => (
              <Button
                key={type.name}
                variant="default"
                h={48}
                px="md"
                leftSection={<TypeIcon name={type.name} type={type} size={28} />}
                onClick={() => addNode(controller, { type: type.name })}
                data-testid={`start-${type.name}`}
              >
                {type.doc.title[language]}
              </Button>
            ))}
          <FileButton onChange={(files) => void addFiles(files)} multiple>
            {(props) => (
              <Button
                {...props}
                variant="default"
                h={48}
                px="md"
                leftSection={<IconUpload size={20} stroke={1.7} />}
                data-testid="start-upload"
              >
                {t('empty.upload')}
              </Button>
            )}
          </FileButton>
        </Group>
      </Stack>
    </div>
  );
}
