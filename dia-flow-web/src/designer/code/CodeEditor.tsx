import {
  acceptCompletion,
  autocompletion,
  type CompletionSource,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  completionStatus,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { bracketMatching, indentOnInput, indentUnit } from '@codemirror/language';
import { type Diagnostic, lintGutter, setDiagnostics } from '@codemirror/lint';
import { Compartment, EditorState, type Extension, Prec } from '@codemirror/state';
import {
  Decoration,
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  MatchDecorator,
  placeholder as placeholderText,
  ViewPlugin,
  type ViewUpdate,
} from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { codeTheme } from './theme';

export interface Mark {
  severity: 'error' | 'warning';
  message: string;
  /** From 1; column 0 or absent marks the whole line. */
  line: number;
  column?: number;
}

export interface CodeEditorProps {
  value: string;
  onChange: (value: string) => void;
  language?: Extension;
  label: string;
  placeholder?: string;
  lines?: boolean;
  /** One line, in which Enter does nothing. */
  single?: boolean;
  marks?: readonly Mark[];
  complete?: CompletionSource;
  readOnly?: boolean;
  testId?: string;
  onBlur?: () => void;
}

const template = new MatchDecorator({
  regexp: /\{\{[\s\S]*?\}\}/g,
  decoration: Decoration.mark({ class: 'cm-template' }),
});

/** Tells `{{ … }}` apart from the text around it, in every language. */
const highlightTemplates = ViewPlugin.define(
  (view) => ({
    decorations: template.createDeco(view),
    update(update: ViewUpdate) {
      this.decorations = template.updateDeco(update, this.decorations);
    },
  }),
  { decorations: (plugin) => plugin.decorations },
);

function diagnostics(state: EditorState, marks: readonly Mark[]): Diagnostic[] {
  return marks.map((mark) => {
    const line = state.doc.line(Math.min(Math.max(mark.line, 1), state.doc.lines));
    const indent = line.text.length - line.text.trimStart().length;
    const from = mark.column ? Math.min(line.from + mark.column - 1, line.to) : line.from + indent;
    return { from, to: line.to, severity: mark.severity, message: mark.message };
  });
}

export default function CodeEditor(props: CodeEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const readOnly = useRef(new Compartment());
  const { value, marks } = props;

  // The editor is made once; what changes is passed on below.
  useEffect(() => {
    if (!host.current) return;
    const { language, label, placeholder, lines, single, testId } = latest.current;
    const extensions: Extension[] = [
      history(),
      drawSelection(),
      indentOnInput(),
      bracketMatching(),
      closeBrackets(),
      indentUnit.of('    '),
      autocompletion({
        override: [(context) => latest.current.complete?.(context) ?? null],
        icons: false,
      }),
      Prec.high(
        keymap.of([
          { key: 'Tab', run: (v) => completionStatus(v.state) === 'active' && acceptCompletion(v) },
        ]),
      ),
      keymap.of([
        ...closeBracketsKeymap,
        ...completionKeymap,
        ...historyKeymap,
        // Mod-Enter runs the flow from everywhere; here it must not add a line first.
        ...defaultKeymap.filter((binding) => binding.key !== 'Mod-Enter'),
        ...(single ? [] : [indentWithTab]),
      ]),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) latest.current.onChange(update.state.doc.toString());
      }),
      EditorView.domEventHandlers({ blur: () => latest.current.onBlur?.() }),
      EditorView.contentAttributes.of({
        'aria-label': label,
        ...(testId ? { 'data-testid': testId } : {}),
      }),
      readOnly.current.of(EditorState.readOnly.of(latest.current.readOnly ?? false)),
      highlightTemplates,
      codeTheme,
      EditorView.lineWrapping,
    ];
    if (language) extensions.push(language);
    if (placeholder) extensions.push(placeholderText(placeholder));
    if (lines) {
      extensions.push(
        lineNumbers(),
        lintGutter(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
      );
    }
    if (single) {
      extensions.push(EditorState.transactionFilter.of((tr) => (tr.newDoc.lines > 1 ? [] : tr)));
    }
    view.current = new EditorView({
      parent: host.current,
      state: EditorState.create({ doc: latest.current.value, extensions }),
    });
    return () => {
      view.current?.destroy();
      view.current = null;
    };
  }, []);

  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    const editor = view.current;
    if (editor)
      editor.dispatch(setDiagnostics(editor.state, diagnostics(editor.state, marks ?? [])));
  }, [marks]);

  useEffect(() => {
    view.current?.dispatch({
      effects: readOnly.current.reconfigure(EditorState.readOnly.of(props.readOnly ?? false)),
    });
  }, [props.readOnly]);

  return <div ref={host} style={{ height: '100%' }} />;
}
