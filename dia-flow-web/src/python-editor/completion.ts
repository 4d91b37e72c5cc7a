import type { CompletionContext, CompletionResult } from '@codemirror/autocomplete';

const KEYWORDS =
  'and as assert break class continue def del elif else except False finally for from if import in is lambda None not or pass raise return True try while with yield'.split(
    ' ',
  );

const PANDAS: [string, string][] = [
  ['DataFrame', 'pandas'],
  ['Series', 'pandas'],
  ['to_datetime', 'pandas'],
  ['to_numeric', 'pandas'],
  ['concat', 'pandas'],
  ['merge', 'pandas'],
  ['cut', 'pandas'],
];

const FRAME: [string, string][] = [
  ['assign', 'new columns'],
  ['groupby', 'groups of rows'],
  ['agg', 'one row per group'],
  ['merge', 'join with another table'],
  ['query', 'rows by condition'],
  ['fillna', 'replace nulls'],
  ['dropna', 'drop rows with nulls'],
  ['sort_values', 'order rows'],
  ['drop_duplicates', 'distinct rows'],
  ['rename', 'rename columns'],
  ['astype', 'change type'],
  ['reset_index', 'index to column'],
  ['value_counts', 'count values'],
  ['apply', 'call per row or column'],
  ['columns', 'names'],
  ['copy', 'own copy'],
  ['head', 'first rows'],
];

/** Keywords, the inputs of the node, and the parts of pandas that pipelines use most. */
export function completePython(inputs: string[], parameters: string[]) {
  return (context: CompletionContext): CompletionResult | null => {
    const member = context.matchBefore(/(\w+)\.\w*$/);
    if (member) {
      const [owner = ''] = member.text.split('.');
      const list = owner === 'pd' ? PANDAS : FRAME;
      return {
        from: member.from + owner.length + 1,
        options: list.map(([label, detail]) => ({ label, detail })),
        validFor: /^\w*$/,
      };
    }
    const word = context.matchBefore(/[A-Za-z_]\w*/);
    if (!word && !context.explicit) return null;
    const names = [...new Set([...parameters, ...inputs])];
    return {
      from: word?.from ?? context.pos,
      options: [
        ...names.map((label) => ({ label, detail: 'input', boost: 10 })),
        ...KEYWORDS.map((label) => ({ label })),
        { label: 'print', detail: 'into the log' },
        { label: 'len' },
        { label: 'range' },
      ],
      validFor: /^\w*$/,
    };
  };
}
