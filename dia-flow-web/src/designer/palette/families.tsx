import { type Icon, IconCube } from '@tabler/icons-react';
import type { NodeType } from '@/flow-core';
import { ICONS } from './icons';

/** Palette groups in the order in which a pipeline uses them. */
export const FAMILIES = [
  'file',
  'table',
  'python',
  'chart',
  'quality',
  'control',
  'http',
  'sql',
  'message',
  'keys',
  'storage',
  'mail',
  'value',
  'text',
  'json',
  'time',
] as const;

const COLORS: Record<string, string> = {
  file: 'teal',
  table: 'indigo',
  python: 'yellow',
  chart: 'pink',
  quality: 'green',
  control: 'orange',
  http: 'grape',
  sql: 'red',
  message: 'orange',
  keys: 'red',
  storage: 'red',
  mail: 'pink',
  value: 'cyan',
  text: 'lime',
  json: 'violet',
  time: 'blue',
};

export function familyColor(family: string | undefined): string {
  return COLORS[family ?? ''] ?? 'gray';
}

export function iconOf(typeName: string): Icon {
  return ICONS[typeName] ?? IconCube;
}

export function familyOf(type: NodeType | undefined, typeName: string): string {
  return type?.doc.family || typeName.split('.')[0] || '';
}
