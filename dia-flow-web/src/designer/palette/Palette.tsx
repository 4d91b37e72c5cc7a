import { ActionIcon, ScrollArea, Text, TextInput, Tooltip } from '@mantine/core';
import { IconLayoutSidebarLeftCollapse, IconSearch } from '@tabler/icons-react';
import { type KeyboardEvent, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { NodeType } from '@/flow-core';
import { addNode, addNodeToFill } from '../state/actions';
import { useController, useDesigner } from '../state/context';
import { PALETTE_MIME, PALETTE_SEARCH_ID } from './constants';
import classes from './palette.module.css';
import { groupTypes, searchTypes } from './search';
import { TypeIcon } from './TypeIcon';

export function Palette() {
  const { t } = useTranslation('designer');
  const controller = useController();
  const types = useDesigner((s) => s.typeList);
  const [query, setQuery] = useState('');
  const found = useMemo(() => searchTypes(types, query), [types, query]);
  const groups = useMemo(
    () => (query.trim() ? [{ family: '', types: found }] : groupTypes(found)),
    [found, query],
  );

  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const first = groups[0]?.types[0];
    if (event.key === 'Enter' && first) {
      addNodeToFill(controller, first.name);
      setQuery('');
    } else if (event.key === 'Escape') {
      setQuery('');
      event.currentTarget.blur();
      controller.canvas?.focus();
    } else if (event.key === 'ArrowDown') {
      event.preventDefault();
      document.querySelector<HTMLElement>('[data-palette-item]')?.focus();
    }
  };

  return (
    <nav className={classes.palette} aria-label={t('palette.title')} data-testid="palette">
      <div className={classes.search}>
        <TextInput
          id={PALETTE_SEARCH_ID}
          size="sm"
          flex={1}
          placeholder={t('palette.search')}
          aria-label={t('palette.search')}
          leftSection={<IconSearch size={15} />}
          rightSection={<kbd className={classes.slash}>/</kbd>}
          value={query}
          onChange={(event) => setQuery(event.currentTarget.value)}
          onKeyDown={onKeyDown}
          data-testid="palette-search"
        />
        <Tooltip label={t('palette.hide')}>
          <ActionIcon
            aria-label={t('palette.hide')}
            onClick={() => controller.store.getState().patch({ paletteOpen: false })}
          >
            <IconLayoutSidebarLeftCollapse size={18} stroke={1.7} />
          </ActionIcon>
        </Tooltip>
      </div>
      <ScrollArea className={classes.list} type="hover" scrollbarSize={6}>
        {groups.map((group) => (
          <section
            key={group.family || 'found'}
            aria-label={group.family && t(`family.${group.family}`)}
          >
            {group.family && <h2 className={classes.family}>{t(`family.${group.family}`)}</h2>}
            {group.types.map((type) => (
              <PaletteItem key={type.name} type={type} />
            ))}
          </section>
        ))}
        {found.length === 0 && (
          <Text c="var(--app-muted)" fz="sm" ta="center" p="lg">
            {t('palette.none', { query })}
          </Text>
        )}
      </ScrollArea>
    </nav>
  );
}

function PaletteItem({ type }: { type: NodeType }) {
  const { i18n } = useTranslation('designer');
  const controller = useController();
  const language = i18n.language === 'zh' ? 'zh' : 'en';
  const move = (event: KeyboardEvent<HTMLButtonElement>) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const items = [...document.querySelectorAll<HTMLElement>('[data-palette-item]')];
    const next = items[items.indexOf(event.currentTarget) + step];
    (next ?? document.getElementById(PALETTE_SEARCH_ID))?.focus();
  };
  return (
    <Tooltip
      label={type.doc.summary[language]}
      position="right"
      multiline
      maw={260}
      openDelay={600}
      disabled={!type.doc.summary[language]}
    >
      <button
        type="button"
        className={classes.item}
        draggable
        data-palette-item
        data-testid={`palette-item-${type.name}`}
        onDragStart={(event) => {
          event.dataTransfer.setData(PALETTE_MIME, type.name);
          event.dataTransfer.effectAllowed = 'copy';
        }}
        onClick={(event) => {
          // A click without a mouse comes from a key, and whoever types goes on typing.
          if (event.detail === 0) addNodeToFill(controller, type.name);
          else addNode(controller, { type: type.name });
        }}
        onKeyDown={move}
      >
        <TypeIcon name={type.name} type={type} size={28} />
        <span className={classes.name}>{type.doc.title[language] || type.name}</span>
      </button>
    </Tooltip>
  );
}
