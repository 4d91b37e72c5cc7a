import { Anchor, Autocomplete, Group, Text } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { connectionsQuery, kindsQuery } from '@/connections/queries';
import type { FieldProps } from './types';

/** The name of a connection, from those that there are. */
export function ConnectionField(props: FieldProps) {
  const { t } = useTranslation('designer');
  const { data, isSuccess } = useQuery(connectionsQuery);
  const { data: kinds } = useQuery(kindsQuery);
  const wanted = props.spec.schema['x-of']?.split('|');
  const fits = (kind: string) => {
    const offers = kinds?.find((each) => each.name === kind)?.offers;
    return !wanted || !offers || offers.some((offer) => wanted.includes(offer));
  };
  const value = typeof props.value === 'string' ? props.value : '';
  const found = data?.find((each) => each.name === value);
  const missing = isSuccess && value !== '' && !found;
  return (
    <>
      <Autocomplete
        data={(data ?? []).filter((each) => fits(each.kind)).map((each) => each.name)}
        value={value}
        onChange={(next) => props.onChange(next || undefined)}
        placeholder={t('connection.choose')}
        error={props.invalid || missing}
        aria-label={props.label}
        data-testid={props.testId}
        comboboxProps={{ shadow: 'md' }}
        maxDropdownHeight={260}
        renderOption={({ option }) => (
          <div>
            <Text fz="sm">{option.value}</Text>
            <Text fz="xs" c="var(--app-muted)">
              {data?.find((each) => each.name === option.value)?.target}
            </Text>
          </div>
        )}
      />
      {missing && !props.invalid && (
        <Text fz="xs" c="var(--mantine-color-error)" role="alert">
          {t('connection.missing', { name: value })}
        </Text>
      )}
      <Group gap={6} mt={4}>
        {found && (
          <Text fz="xs" c="var(--app-muted)">
            {found.target}
          </Text>
        )}
        <Anchor component={Link} to={found ? `/connections/${found.name}` : '/connections'} fz="xs">
          {t(found ? 'connection.open' : 'connection.all')} <IconExternalLink size={11} />
        </Anchor>
      </Group>
    </>
  );
}
