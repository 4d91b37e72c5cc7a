import CodeEditor, { type CodeEditorProps } from './CodeEditor';
import { type Language, languageSupport } from './languages';

export interface LoadedCodeProps extends Omit<CodeEditorProps, 'language'> {
  code?: Language;
}

/** The editor with its language by name, so that callers need nothing of CodeMirror. */
export default function LoadedCode({ code, ...props }: LoadedCodeProps) {
  return <CodeEditor {...props} {...(code ? { language: languageSupport(code) } : {})} />;
}
