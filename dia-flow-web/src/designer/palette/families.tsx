import {
  type Icon,
  IconArrowMerge,
  IconArrowsSort,
  IconArrowsSplit,
  IconBraces,
  IconBrandPython,
  IconCalculator,
  IconChartBar,
  IconColumns,
  IconCube,
  IconDatabase,
  IconFileExport,
  IconFileImport,
  IconFilter,
  IconGitMerge,
  IconListNumbers,
  IconLogicXor,
  IconMathFunction,
  IconReplace,
  IconRowInsertBottom,
  IconSql,
  IconSum,
  IconTable,
  IconTransform,
  IconVariable,
  IconWebhook,
  IconWorldDownload,
} from '@tabler/icons-react';
import type { NodeType } from '@/flow-core';

/** Palette groups in the order in which a pipeline uses them. */
export const FAMILIES = ['file', 'table', 'python', 'chart', 'control', 'http', 'value'] as const;

const COLORS: Record<string, string> = {
  file: 'teal',
  table: 'indigo',
  python: 'yellow',
  chart: 'pink',
  control: 'orange',
  http: 'grape',
  value: 'cyan',
};

export function familyColor(family: string | undefined): string {
  return COLORS[family ?? ''] ?? 'gray';
}

const BY_TYPE: Record<string, Icon> = {
  'file.read': IconFileImport,
  'file.write': IconFileExport,
  'table.select': IconColumns,
  'table.cast': IconReplace,
  'table.derive': IconMathFunction,
  'table.filter': IconFilter,
  'table.join': IconGitMerge,
  'table.aggregate': IconSum,
  'table.sort': IconArrowsSort,
  'table.limit': IconListNumbers,
  'table.distinct': IconLogicXor,
  'table.union': IconRowInsertBottom,
  'table.sql': IconSql,
  python: IconBrandPython,
  'control.if': IconArrowsSplit,
  'control.switch': IconArrowsSplit,
  'control.merge': IconArrowMerge,
  'http.request': IconWorldDownload,
  'value.set': IconVariable,
  chart: IconChartBar,
  webhook: IconWebhook,
};

const BY_FAMILY: Record<string, Icon> = {
  file: IconFileImport,
  table: IconTable,
  python: IconBrandPython,
  chart: IconChartBar,
  control: IconArrowsSplit,
  http: IconWorldDownload,
  value: IconBraces,
  database: IconDatabase,
  text: IconTransform,
  math: IconCalculator,
};

export function iconOf(typeName: string, family?: string): Icon {
  return BY_TYPE[typeName] ?? BY_FAMILY[family ?? ''] ?? IconCube;
}

export function familyOf(type: NodeType | undefined, typeName: string): string {
  return type?.doc.family || typeName.split('.')[0] || '';
}
