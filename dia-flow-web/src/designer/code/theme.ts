import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const look = EditorView.theme({
  '&': {
    fontSize: '12.5px',
    color: 'var(--mantine-color-text)',
    backgroundColor: 'transparent',
    height: '100%',
  },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': {
    fontFamily: 'var(--mantine-font-family-monospace)',
    lineHeight: '1.55',
  },
  '.cm-content': { caretColor: 'var(--mantine-color-text)', padding: '7px 0' },
  '.cm-line': { padding: '0 10px' },
  '.cm-cursor': { borderLeftColor: 'var(--mantine-color-text)' },
  '.cm-gutters': {
    backgroundColor: 'transparent',
    border: 'none',
    color: 'light-dark(#767d8c, #7f8695)',
  },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-activeLine, &.cm-focused .cm-activeLineGutter': {
    backgroundColor: 'light-dark(rgb(79 91 213 / 5%), rgb(111 123 225 / 8%))',
  },
  '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground':
    { backgroundColor: 'light-dark(#d9ddf8, #363d63)' },
  '.cm-placeholder': { color: 'light-dark(#767d8c, #7f8695)' },
  '.cm-tooltip': {
    border: '1px solid var(--app-line)',
    borderRadius: '8px',
    backgroundColor: 'var(--app-surface)',
    boxShadow: '0 8px 24px light-dark(rgb(24 28 45 / 16%), rgb(0 0 0 / 50%))',
    overflow: 'hidden',
  },
  '.cm-tooltip-autocomplete > ul > li': { padding: '3px 8px !important', lineHeight: '1.5' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    backgroundColor: 'light-dark(#eef0fd, #2f3555)',
    color: 'var(--mantine-color-text)',
  },
  '.cm-completionDetail': { color: 'var(--app-muted)', fontStyle: 'normal', marginLeft: '10px' },
  '.cm-diagnostic': { padding: '5px 10px', fontSize: '12px', whiteSpace: 'pre-wrap' },
  '.cm-template': {
    color: 'light-dark(#8a4b00, #f0b264)',
    backgroundColor: 'light-dark(#fff3df, #3a2d18)',
    borderRadius: '3px',
  },
});

const colors = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword], color: 'light-dark(#7b3fb5, #c79bf0)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'light-dark(#1d7a4c, #7fcf9f)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'light-dark(#a84f00, #eba566)' },
  { tag: [tags.comment], color: 'light-dark(#6b7280, #858c9a)', fontStyle: 'italic' },
  {
    tag: [tags.function(tags.variableName), tags.function(tags.definition(tags.variableName))],
    color: 'light-dark(#2a56c6, #8eb0ff)',
  },
  { tag: [tags.className, tags.typeName], color: 'light-dark(#0b6f83, #6cc5d6)' },
  { tag: [tags.propertyName, tags.attributeName], color: 'light-dark(#2a56c6, #8eb0ff)' },
  { tag: [tags.invalid], color: 'light-dark(#c22f2f, #f28b8b)' },
]);

export const codeTheme: Extension = [look, syntaxHighlighting(colors)];
