import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useInputColumns } from './useColumns';

/** Fills a list with all columns that come in. */
export function InputNames({
  nodeId,
  onUse,
}: {
  nodeId: string;
  onUse: (columns: string[]) => void;
}) {
  const { t } = useTranslation('designer');
  const inputs = useInputColumns(nodeId);
  const columns = [...new Set(inputs.flatMap((input) => input.columns.map((c) => c.name)))];
  if (columns.length === 0) return null;
  return (
    <Button size="xs" variant="subtle" onClick={() => onUse(columns)}>
      {t('field.all_columns', { count: columns.length })}
    </Button>
  );
}
