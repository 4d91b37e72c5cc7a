import { type FlowNode, fieldsOf, isContainer, mainParameters, type NodeType } from '@/flow-core';

/** What a node does in one line, from the field that says most: a path, a condition, a column list. */
export function summaryOf(node: FlowNode, type: NodeType | undefined): string {
  const config = node.with;
  if (!config || !type || isContainer(node)) return '';
  if (node.type === 'python') return `main(${mainParameters(config.code).join(', ')})`;
  for (const field of fieldsOf(type.config)) {
    const text = short(config[field.name]);
    if (text && (field.required || field.widget !== 'enum')) return text;
  }
  return '';
}

function short(value: unknown): string {
  if (typeof value === 'string') return value.replace(/\s+/g, ' ').trim();
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) {
    return value
      .map((item) => {
        if (item === null || typeof item !== 'object') return String(item);
        const { as, name, column } = item as Record<string, unknown>;
        const own = name ?? as ?? column;
        return typeof own === 'string' ? own : '';
      })
      .filter(Boolean)
      .join(', ');
  }
  return '';
}
