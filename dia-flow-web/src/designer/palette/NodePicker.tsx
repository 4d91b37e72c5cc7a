import { Text, TextInput } from '@mantine/core';
import { useClickOutside } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { addPicked } from '../state/actions';
import { useController, useDesigner } from '../state/context';
import type { PickerRequest } from '../state/store';
import classes from './palette.module.css';
import { searchTypes, typesThatFit } from './search';
import { TypeIcon } from './TypeIcon';

export function NodePicker() {
  const request = useDesigner((s) => s.picker);
  return request ? <OpenPicker key={JSON.stringify(request)} request={request} /> : null;
}

const WIDTH = 300;
const HEIGHT = 380;

function OpenPicker({ request }: { request: PickerRequest }) {
  const { t, i18n } = useTranslation('designer');
  const controller = useController();
  const { store } = controller;
  const types = useDesigner((s) => s.typeList);
  const language = i18n.language === 'zh' ? 'zh' : 'en';
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const close = () => {
    store.getState().patch({ picker: null });
    controller.canvas?.focus();
  };
  const outside = useClickOutside<HTMLDivElement>(close);

  const found = useMemo(() => {
    const { history, types: index, analysis } = store.getState();
    return searchTypes(typesThatFit(types, request, history.document, index, analysis), query);
  }, [types, request, query, store]);

  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: 'nearest' });
  }, [active]);

  const onKeyDown = (event: KeyboardEvent) => {
    const chosen = found[active];
    if (event.key === 'ArrowDown') setActive((at) => Math.min(at + 1, found.length - 1));
    else if (event.key === 'ArrowUp') setActive((at) => Math.max(at - 1, 0));
    else if (event.key === 'Enter' && chosen) addPicked(controller, request, chosen.name);
    else if (event.key === 'Escape') close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div
      ref={outside}
      className={classes.picker}
      style={{
        left: Math.max(8, Math.min(request.screen.x, window.innerWidth - WIDTH - 8)),
        top: Math.max(8, Math.min(request.screen.y, window.innerHeight - HEIGHT - 8)),
      }}
      role="dialog"
      aria-label={t('picker.title')}
      data-testid="node-picker"
    >
      <div className={classes.search}>
        <TextInput
          flex={1}
          pr={4}
          autoFocus
          placeholder={t('picker.search')}
          aria-label={t('picker.search')}
          leftSection={<IconSearch size={15} />}
          value={query}
          onChange={(event) => {
            setQuery(event.currentTarget.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
          role="combobox"
          aria-expanded
          aria-controls="node-picker-list"
          aria-activedescendant={found[active] ? `pick-${found[active].name}` : undefined}
          data-testid="node-picker-search"
        />
      </div>
      <div
        ref={list}
        className={classes.pickerList}
        role="listbox"
        id="node-picker-list"
        aria-label={t('picker.title')}
      >
        {found.map((type, i) => (
          <div
            key={type.name}
            id={`pick-${type.name}`}
            role="option"
            tabIndex={-1}
            aria-selected={i === active}
            className={classes.item}
            style={{ cursor: 'pointer' }}
            data-active={i === active}
            data-testid={`pick-${type.name}`}
            onPointerMove={() => setActive(i)}
            onClick={() => addPicked(controller, request, type.name)}
            onKeyDown={onKeyDown}
          >
            <TypeIcon name={type.name} type={type} size={28} />
            <span className={classes.name}>
              {type.doc.title[language] || type.name}
              <div className={classes.hint}>{type.doc.summary[language]}</div>
            </span>
          </div>
        ))}
        {found.length === 0 && (
          <Text c="var(--app-muted)" fz="sm" ta="center" p="md">
            {t('picker.none')}
          </Text>
        )}
      </div>
    </div>
  );
}
