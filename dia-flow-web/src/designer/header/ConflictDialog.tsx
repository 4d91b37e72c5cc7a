import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useController, useDesigner } from '../state/context';

/** Somebody else saved the draft meanwhile: nothing is lost until one of the two is chosen, and then undo brings it back. */
export function ConflictDialog() {
  const { t } = useTranslation('designer');
  const controller = useController();
  const conflict = useDesigner((s) => s.conflict);
  return (
    <Modal
      opened={conflict !== null}
      onClose={() => {}}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title={t('conflict.title')}
    >
      <Stack>
        <Text fz="sm">{t('conflict.text')}</Text>
        <Group justify="flex-end">
          <Button
            variant="default"
            onClick={() => controller.takeTheirs()}
            data-testid="take-theirs"
          >
            {t('conflict.theirs')}
          </Button>
          <Button onClick={() => controller.keepMine()} data-testid="keep-mine">
            {t('conflict.mine')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
