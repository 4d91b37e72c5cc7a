import type { CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { inputColumns, pathBefore, suggest } from '@/flow-core';
import type { DesignerStore } from '../state/store';

/** Completion inside `{{ }}`: parameters, earlier nodes, their ports, columns and values of the last run. */
export function completeExpression(store: DesignerStore, nodeId: string, perItem = false) {
  return (context: CompletionContext): CompletionResult | null => {
    const at = pathBefore(context.state.doc.toString(), context.pos);
    if (!at) return null;
    if (!at.path && !context.explicit && !/[{(\s,]$/.test(context.state.sliceDoc(0, context.pos))) {
      return null;
    }
    const state = store.getState();
    const options = suggest(state.history.document, nodeId, at.path, state, perItem).map((s) => ({
      label: s.label,
      detail: s.detail,
      ...(s.kind === 'function' ? { apply: s.label.replace(/\(.*/, '(') } : {}),
      ...(s.kind === 'node' || s.kind === 'param' ? { boost: 10 } : {}),
      ...(s.kind === 'function' ? { boost: -10 } : {}),
    }));
    return options.length > 0 ? { from: at.from, options, validFor: /^\w*$/ } : null;
  };
}

/** Completion in SQL: the columns of the inputs, then expressions. */
export function completeSql(store: DesignerStore, nodeId: string) {
  const inExpression = completeExpression(store, nodeId);
  return (context: CompletionContext): CompletionResult | null => {
    const expression = inExpression(context);
    if (expression) return expression;
    const word = context.matchBefore(/"?[\w]*/);
    if (!word || (word.from === word.to && !context.explicit)) return null;
    const state = store.getState();
    const inputs = inputColumns(state.history.document, nodeId, state);
    const options = inputs.flatMap(({ port, columns }) => [
      ...columns.map((column) => ({
        label: column.name,
        detail: column.type,
        apply: /^[A-Za-z_]\w*$/.test(column.name) ? column.name : `"${column.name}"`,
        boost: 5,
      })),
      { label: port, detail: 'input' },
    ]);
    return options.length > 0 ? { from: word.from, options } : null;
  };
}
