import { Button, FileButton, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { IconFileUpload } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type DragEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { importFlow, keys } from '@/api';
import { ProblemAlert } from '@/ui/ProblemAlert';

/** A flow from a YAML file or text; what is wrong with it is shown with its line. */
export function ImportFlowModal({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('flows');
  const client = useQueryClient();
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const [over, setOver] = useState(false);
  const creation = useMutation({
    mutationFn: () => importFlow(text),
    onSuccess: async (flow) => {
      await client.invalidateQueries({ queryKey: keys.flows });
      await navigate({ to: '/flows/$flowId', params: { flowId: flow.id } });
    },
  });
  const read = async (file: File | null | undefined) => {
    if (!file) return;
    creation.reset();
    setText(await file.text());
  };
  const close = () => {
    setText('');
    creation.reset();
    onClose();
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void read(event.dataTransfer.files[0]);
  };

  return (
    <Modal opened={opened} onClose={close} title={t('import.heading')} size="lg">
      <Stack>
        <Group justify="space-between">
          <Text size="sm">{t('import.help')}</Text>
          <FileButton onChange={(file) => void read(file)} accept=".yaml,.yml,application/yaml">
            {(props) => (
              <Button
                {...props}
                variant="default"
                size="compact-sm"
                leftSection={<IconFileUpload size={16} />}
              >
                {t('import.choose')}
              </Button>
            )}
          </FileButton>
        </Group>
        <Textarea
          value={text}
          onChange={(event) => {
            creation.reset();
            setText(event.currentTarget.value);
          }}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={drop}
          aria-label={t('import.text')}
          placeholder={'apiVersion: dataflow/v1\nkind: Flow\nmetadata:\n  name: …'}
          minRows={14}
          maxRows={22}
          autosize
          spellCheck={false}
          data-autofocus
          data-testid="import-text"
          styles={{
            input: {
              fontFamily: 'var(--mantine-font-family-monospace)',
              fontSize: 13,
              borderColor: over ? 'var(--mantine-primary-color-filled)' : undefined,
            },
          }}
        />
        {creation.error && <ProblemAlert error={creation.error} title={t('import.failed')} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close}>
            {t('common:action.cancel')}
          </Button>
          <Button
            onClick={() => creation.mutate()}
            loading={creation.isPending}
            disabled={!text.trim()}
            data-testid="import-confirm"
          >
            {t('import.confirm')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
