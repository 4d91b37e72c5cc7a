import { Alert, Anchor, Button, Group, List, Modal, Stack, Text, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type CSSProperties, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keys, toApiError } from '@/api';
import { nodeById, type Problem, saidIn } from '@/flow-core';
import { said } from '@/lib/problems';
import { publish } from '../api/flows';
import { showProblem } from '../state/actions';
import { useController, useDesigner, useDocument } from '../state/context';

const conflicting = 'draft_conflict';

/** What is told before publishing; what keeps the flow from being published, the answer tells. */
function warningsOf(problems: readonly Problem[]): Problem[] {
  return problems.filter((each) => each.severity === 'warning' && !each.unpublishable);
}

const keyOf = ({ node, field, message }: Problem) => `${node}${field}${message}`;

export function PublishDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t, i18n } = useTranslation('designer');
  const controller = useController();
  const client = useQueryClient();
  const flowId = useDesigner((s) => s.flow.id);
  const problems = useDesigner((s) => s.problems);
  const warnings = warningsOf(problems);
  const [note, setNote] = useState('');
  const refused = useRef(0); // the revision that was asked for last
  const publishing = useMutation({
    mutationFn: async (force: boolean) => {
      const told = new Set(warnings.map(keyOf));
      await controller.autosave.flush();
      // The server may warn of what was changed just now: that is to be read before.
      const known = warningsOf(controller.store.getState().problems);
      if (!known.every((each) => told.has(keyOf(each)))) return undefined;
      const revision = controller.autosave.saved;
      const same = revision === refused.current;
      refused.current = revision;
      // By force only what was shown to be refused; what has changed since is asked for anew.
      return publish(flowId, revision, note, force && same);
    },
    onError: (failure) => {
      if (toApiError(failure).code !== conflicting) return;
      onClose(); // it is asked which draft it is to be
      void controller.autosave.conflict();
    },
    onSuccess: (version) => {
      if (!version) return;
      void client.invalidateQueries({ queryKey: keys.versions(flowId) });
      const { flow, patch } = controller.store.getState();
      patch({ flow: { ...flow, published_version: version.version } });
      notifications.show({
        color: 'green',
        position: 'bottom-center', // on the right is the inspector
        message: t('publish.done', { version: version.version }),
      });
      setNote('');
      onClose();
    },
  });
  // The answer has its problems in English; the designer has them in the language of who reads.
  const told = (detail: Parameters<typeof said>[0]) => {
    const problem = problems.find((p) => p.message === detail.message);
    return problem ? saidIn(i18n.language, problem) : said(detail);
  };
  const failure = publishing.error ? toApiError(publishing.error) : undefined;
  const error = failure?.code === conflicting ? undefined : failure;
  const forceable = error?.code === 'publish_needs_force';
  return (
    <Modal opened={opened} onClose={onClose} title={t('publish.title')}>
      <Stack>
        <Textarea
          label={t('publish.note')}
          placeholder={t('publish.placeholder')}
          autosize
          minRows={3}
          data-autofocus
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          data-testid="publish-note"
        />
        {warnings.length > 0 && (
          <Warnings
            warnings={warnings}
            onFollow={(problem) => {
              onClose();
              showProblem(controller, problem);
            }}
          />
        )}
        {error && (
          <Alert
            color="red"
            title={
              forceable || error.code === 'flow_invalid' ? t('publish.invalid') : error.message
            }
          >
            <List size="sm">
              {error.details.map((detail) => (
                <List.Item key={`${detail.node}${detail.field}${detail.message}`}>
                  {detail.node && <b>{detail.node}: </b>}
                  {told(detail)}
                </List.Item>
              ))}
            </List>
            {forceable && (
              <Text size="sm" mt="xs">
                {t('publish.forceable')}
              </Text>
            )}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('action.cancel')}
          </Button>
          {forceable && (
            <Button
              variant="light"
              color="red"
              loading={publishing.isPending}
              onClick={() => publishing.mutate(true)}
              data-testid="publish-force"
            >
              {t('publish.anyway')}
            </Button>
          )}
          <Button
            loading={publishing.isPending}
            onClick={() => publishing.mutate(false)}
            data-testid="publish-confirm"
          >
            {t(warnings.length > 0 && !forceable ? 'publish.anyway' : 'header.publish')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** The theme's own yellow is too pale for texts. */
const warned = {
  '--alert-bg': 'light-dark(#fdf0dd, #33281a)',
  '--alert-color': 'light-dark(#8a4b00, #f0b264)',
} as CSSProperties;

interface WarningsProps {
  warnings: readonly Problem[];
  onFollow: (problem: Problem) => void;
}

function Warnings({ warnings, onFollow }: WarningsProps) {
  const { t, i18n } = useTranslation('designer');
  const document = useDocument();
  const titleOf = (id: string) => nodeById(document, id)?.title || id;
  return (
    <Alert
      variant="light"
      style={warned}
      title={t('publish.warned', { count: warnings.length })}
      data-testid="publish-warnings"
    >
      <List size="sm">
        {warnings.map((each) => (
          <List.Item key={`${each.code}${keyOf(each)}`}>
            <Anchor component="button" type="button" size="sm" onClick={() => onFollow(each)}>
              {each.node ? titleOf(each.node) : t('problems.flow')}
            </Anchor>
            {': '}
            {saidIn(i18n.language, each)}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
