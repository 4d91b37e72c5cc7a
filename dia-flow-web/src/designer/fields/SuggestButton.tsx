import {
  Badge,
  Button,
  Checkbox,
  Group,
  Modal,
  ScrollArea,
  Skeleton,
  Stack,
  Text,
} from '@mantine/core';
import { IconSparkles } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Suggestion, Suggestions } from '@/api';
import { useFormat } from '@/lib/format';
import { EmptyState } from '@/ui/EmptyState';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { suggestQuality } from '../api/flows';
import { useController, useDesignerStore } from '../state/context';
import classes from './suggest.module.css';

export type SuggestFor = 'check' | 'clean';

interface Props {
  nodeId: string;
  kind: SuggestFor;
  onAdd: (added: unknown[]) => void;
}

/** Looks at the table that comes in, and offers what would check or mend it. */
export function SuggestButton({ nodeId, kind, onAdd }: Props) {
  const { t } = useTranslation('designer');
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        size="xs"
        variant="light"
        color="grape"
        leftSection={<IconSparkles size={14} />}
        onClick={() => setOpen(true)}
        data-testid="suggest"
      >
        {t('suggest.button')}
      </Button>
      <Modal
        opened={open}
        onClose={() => setOpen(false)}
        title={t(`suggest.title_${kind}`)}
        size="xl"
        closeButtonProps={{ 'aria-label': t('suggest.close') }}
      >
        <Offer
          nodeId={nodeId}
          kind={kind}
          onAdd={(added) => {
            onAdd(added);
            setOpen(false);
          }}
        />
      </Modal>
    </>
  );
}

function Offer({ nodeId, kind, onAdd }: Props) {
  const { t } = useTranslation('designer');
  const { flowId } = useController();
  const store = useDesignerStore();
  const [document] = useState(() => store.getState().history.document);
  const query = useQuery({
    queryKey: ['suggest', flowId, nodeId, kind],
    queryFn: ({ signal }) => suggestQuality(flowId, document, nodeId, kind, signal),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  if (query.isPending) {
    return (
      <Stack gap={10} aria-busy="true">
        <Text fz="sm" c="var(--app-muted)">
          {t('suggest.looking')}
        </Text>
        <Skeleton h={44} />
        <Skeleton h={44} />
        <Skeleton h={44} />
      </Stack>
    );
  }
  if (query.error) {
    return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  }
  if (query.data.suggestions.length === 0) {
    return (
      <EmptyState icon={IconSparkles} title={t('suggest.none')} compact>
        {t(`suggest.none_${kind}`)}
        <LeftOut columns={query.data.left_out} />
      </EmptyState>
    );
  }
  return <Choice found={query.data} kind={kind} onAdd={onAdd} />;
}

/** Columns of a very wide or slow table that were not looked at. */
function LeftOut({ columns = [] }: { columns?: string[] }) {
  const { t } = useTranslation('designer');
  if (columns.length === 0) return null;
  const names = columns.slice(0, 8).join(', ') + (columns.length > 8 ? ' …' : '');
  return (
    <Text fz="sm" c="var(--app-muted)" data-testid="suggest-left-out">
      {t('suggest.left_out', { count: columns.length, names })}
    </Text>
  );
}

interface ChoiceProps {
  found: Suggestions;
  kind: SuggestFor;
  onAdd: (added: unknown[]) => void;
}

function Choice({ found, kind, onAdd }: ChoiceProps) {
  const { t } = useTranslation('designer');
  const format = useFormat();
  const all = found.suggestions;
  const [chosen, setChosen] = useState(
    () => new Set(all.filter((each) => each.confidence === 'certain').map((each) => each.id)),
  );
  const toggle = (id: string) =>
    setChosen((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text fz="sm" c="var(--app-muted)">
          {t(found.whole ? 'suggest.whole' : 'suggest.first', {
            count: found.rows,
            n: format.number(found.rows),
          })}
        </Text>
        <Checkbox
          size="xs"
          label={t('suggest.all')}
          checked={chosen.size === all.length}
          indeterminate={chosen.size > 0 && chosen.size < all.length}
          onChange={() =>
            setChosen(new Set(chosen.size === all.length ? [] : all.map((each) => each.id)))
          }
        />
      </Group>
      <LeftOut columns={found.left_out} />
      <ScrollArea.Autosize mah="56vh" viewportProps={{ tabIndex: 0 }}>
        <Stack gap={0}>
          {all.map((each) => (
            <Row
              key={each.id}
              suggestion={each}
              kind={kind}
              checked={chosen.has(each.id)}
              onToggle={() => toggle(each.id)}
            />
          ))}
        </Stack>
      </ScrollArea.Autosize>
      <Group justify="flex-end">
        <Button
          disabled={chosen.size === 0}
          onClick={() => onAdd(all.filter((each) => chosen.has(each.id)).map((each) => each.add))}
          data-testid="suggest-add"
        >
          {t('suggest.add', { count: chosen.size })}
        </Button>
      </Group>
    </Stack>
  );
}

/** Rules that no row breaks, for they are about the table. */
const WHOLE = ['row_count', 'freshness', 'distribution'];

const colors: Record<Suggestion['confidence'], string> = {
  certain: 'green',
  likely: 'blue',
  guess: 'gray',
};

interface RowProps {
  suggestion: Suggestion;
  kind: SuggestFor;
  checked: boolean;
  onToggle: () => void;
}

function Row({ suggestion, kind, checked, onToggle }: RowProps) {
  const { t, i18n } = useTranslation('designer');
  const format = useFormat();
  const language = i18n.language === 'zh' ? 'zh' : 'en';
  const { affected, unreadable = 0 } = suggestion;
  const { check } = suggestion.add as { check?: string };
  const whole = check !== undefined && WHOLE.includes(check);
  return (
    <div className={classes.row} data-testid="suggestion">
      <Checkbox
        checked={checked}
        onChange={onToggle}
        label={suggestion.title[language]}
        description={[suggestion.why, suggestion.doubt]
          .flatMap((text) => text?.[language] ?? [])
          .join(language === 'zh' ? '。' : '. ')}
        classNames={{ label: classes.label, body: classes.body }}
      />
      <Group gap={6} wrap="nowrap" className={classes.counts}>
        <Badge
          variant="outline"
          tt="none"
          miw="max-content"
          color={colors[suggestion.confidence]}
          data-testid="suggest-confidence"
        >
          {t(`suggest.confidence.${suggestion.confidence}`)}
        </Badge>
        <Badge
          variant="light"
          tt="none"
          miw="max-content"
          color={kind === 'clean' || whole ? 'blue' : affected > 0 ? 'orange' : 'green'}
        >
          {whole
            ? t('suggest.whole_table')
            : t(`suggest.affected_${kind}`, { count: affected, n: format.number(affected) })}
        </Badge>
        {unreadable > 0 && (
          <Badge variant="light" tt="none" miw="max-content" color="orange">
            {t('suggest.unreadable', { count: unreadable, n: format.number(unreadable) })}
          </Badge>
        )}
      </Group>
    </div>
  );
}
