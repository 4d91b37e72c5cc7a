import { useMantineColorScheme } from '@mantine/core';
import { createSpotlight, Spotlight } from '@mantine/spotlight';
import '@mantine/spotlight/styles.layer.css';
import { useDebouncedValue } from '@mantine/hooks';
import {
  IconLanguage,
  IconLogout,
  IconPlus,
  IconRoute,
  IconSearch,
  IconUpload,
} from '@tabler/icons-react';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keys, listFlows, listRuns, logout } from '@/api';
import { useCan } from '@/auth/session';
import { languages, setLanguage } from '@/lib/i18n';
import { shortId } from '@/runs/ids';
import { StatusIcon } from '@/ui/StatusBadge';
import { languageNames } from '../shell/LanguageMenu';
import { places } from '../shell/NavLinks';
import { schemes } from '../shell/ThemeMenu';
import { matches } from './match';

const [store, spotlight] = createSpotlight();

interface Command {
  id: string;
  label: string;
  hint?: string;
  icon: ReactNode;
  run: () => void;
}

/** Go anywhere and do the common things without the mouse. */
export function CommandPalette({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('common');
  const [query, setQuery] = useState('');
  const [q] = useDebouncedValue(query.trim(), 120);
  const actions = useActions();
  const flows = useFlowCommands(q, opened);
  const runs = useRunCommands(q, opened);

  useEffect(() => {
    if (opened) spotlight.open();
    else spotlight.close();
  }, [opened]);

  const groups = [
    { label: t('palette.go'), items: actions.go.filter((item) => matches(item.label, query)) },
    { label: t('palette.flows'), items: flows },
    {
      label: t('palette.actions'),
      items: actions.other.filter((item) => matches(item.label, query)),
    },
    { label: t('palette.runs'), items: runs },
  ].filter((group) => group.items.length > 0);

  return (
    <Spotlight.Root
      store={store}
      query={query}
      onQueryChange={setQuery}
      onSpotlightClose={onClose}
      shortcut={null}
      scrollable
      maxHeight={420}
      clearQueryOnClose
    >
      <Spotlight.Search
        placeholder={t('palette.placeholder')}
        leftSection={<IconSearch size={18} />}
        aria-label={t('palette.placeholder')}
        data-testid="palette-input"
      />
      <Spotlight.ActionsList>
        {groups.map((group) => (
          <Spotlight.ActionsGroup key={group.label} label={group.label}>
            {group.items.map((item) => (
              <Spotlight.Action
                key={item.id}
                label={item.label}
                description={item.hint}
                leftSection={item.icon}
                onClick={item.run}
                data-testid={`command-${item.id}`}
              />
            ))}
          </Spotlight.ActionsGroup>
        ))}
        {groups.length === 0 && <Spotlight.Empty>{t('palette.nothing')}</Spotlight.Empty>}
      </Spotlight.ActionsList>
      <FirstChosen of={groups.flatMap((group) => group.items.map((item) => item.id)).join(' ')} />
    </Spotlight.Root>
  );
}

/**
 * Keeps the first result chosen while nobody goes to another. The palette itself chooses as letters are typed, and so among
 * what was found before; what the server finds comes after that.
 */
function FirstChosen({ of }: { of: string }) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: whatever it was, it is to be chosen anew when results change
  useEffect(() => {
    const { listId, selected } = store.getState();
    const list = document.getElementById(listId);
    const actions = [...(list?.querySelectorAll('[data-action]') ?? [])];
    const at = actions.findIndex((action) => action.hasAttribute('data-selected'));
    const chosen = selected > 0 && at >= 0 ? at : 0;
    actions[at]?.removeAttribute('data-selected');
    actions[chosen]?.setAttribute('data-selected', 'true');
    store.updateState((state) => ({ ...state, selected: chosen }));
  }, [of]);
  return null;
}

function useActions(): { go: Command[]; other: Command[] } {
  const { t } = useTranslation('common');
  const navigate = useNavigate();
  const client = useQueryClient();
  const { setColorScheme } = useMantineColorScheme();
  const mayWrite = useCan('flow.write');

  const go = places.map(({ to, key, icon: Icon }) => ({
    id: `go-${key}`,
    label: t(`nav.${key}`),
    icon: <Icon size={18} stroke={1.6} />,
    run: () => void navigate({ to }),
  }));
  const writing: Command[] = mayWrite
    ? [
        {
          id: 'new-flow',
          label: t('palette.newFlow'),
          icon: <IconPlus size={18} stroke={1.6} />,
          run: () => void navigate({ to: '/flows', search: { action: 'new' } }),
        },
        {
          id: 'import',
          label: t('palette.import'),
          icon: <IconUpload size={18} stroke={1.6} />,
          run: () => void navigate({ to: '/flows', search: { action: 'import' } }),
        },
      ]
    : [];
  const other: Command[] = [
    ...writing,
    ...schemes.map(({ value, icon: Icon }) => ({
      id: `theme-${value}`,
      label: t('palette.themeTo', { theme: t(`theme.${value}`) }),
      icon: <Icon size={18} stroke={1.6} />,
      run: () => setColorScheme(value),
    })),
    ...languages.map((language) => ({
      id: `language-${language}`,
      label: t('palette.languageTo', { language: languageNames[language] }),
      icon: <IconLanguage size={18} stroke={1.6} />,
      run: () => void setLanguage(language),
    })),
    {
      id: 'logout',
      label: t('palette.logout'),
      icon: <IconLogout size={18} stroke={1.6} />,
      run: () =>
        void logout().then(() => {
          client.setQueryData(keys.me, null);
          return navigate({ to: '/login' });
        }),
    },
  ];
  return { go, other };
}

function useFlowCommands(q: string, enabled: boolean): Command[] {
  const navigate = useNavigate();
  const { data } = useQuery({
    queryKey: [...keys.flows, 'palette', q],
    queryFn: ({ signal }) => listFlows({ q, limit: 8 }, signal),
    enabled,
    placeholderData: keepPreviousData,
  });
  return (data?.items ?? []).map((flow) => ({
    id: `flow-${flow.name}`,
    label: flow.title || flow.name,
    hint: flow.name,
    icon: <IconRoute size={18} stroke={1.6} />,
    run: () => void navigate({ to: '/flows/$flowId', params: { flowId: flow.id } }),
  }));
}

function useRunCommands(q: string, enabled: boolean): Command[] {
  const navigate = useNavigate();
  const { data } = useQuery({
    queryKey: [...keys.runs, 'palette', q],
    queryFn: ({ signal }) => listRuns({ q, limit: 5 }, signal),
    enabled,
    placeholderData: keepPreviousData,
  });
  return (data?.items ?? []).map((run) => ({
    id: `run-${run.id}`,
    label: run.flow_title || run.flow_name,
    hint: shortId(run.id),
    icon: <StatusIcon status={run.status} size={18} />,
    run: () => void navigate({ to: '/runs/$runId', params: { runId: run.id } }),
  }));
}
