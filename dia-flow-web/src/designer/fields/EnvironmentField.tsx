import { Anchor, Autocomplete, Group, Text } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Environment } from '@/api';
import { environmentsQuery } from '@/environments/queries';
import type { FieldProps } from './types';

/** The name of an environment, from those that there are, or one with a version that is typed: reports@3. */
export function EnvironmentField(props: FieldProps) {
  const { t } = useTranslation('designer');
  const { data, isSuccess } = useQuery(environmentsQuery);
  const value = typeof props.value === 'string' ? props.value : '';
  const [name = '', version] = value.split('@');
  const found = data?.find((each) => each.name === name);
  const missing = isSuccess && value !== '' && !found;
  return (
    <>
      <Autocomplete
        data={(data ?? []).map((each) => each.name)}
        value={value}
        onChange={(next) => props.onChange(next || undefined)}
        placeholder="default"
        error={props.invalid || missing}
        aria-label={props.label}
        data-testid={props.testId}
        comboboxProps={{ shadow: 'md' }}
        maxDropdownHeight={260}
        renderOption={({ option }) => (
          <Option environment={data?.find((each) => each.name === option.value)} />
        )}
      />
      {missing && (
        <Text fz="xs" c="var(--mantine-color-error)" role="alert">
          {t('environment.missing', { name })}
        </Text>
      )}
      {found && (
        <Group gap={6} mt={4}>
          <Text fz="xs" c="var(--app-muted)">
            {words(found, version, t)}
          </Text>
          <Anchor component={Link} to={`/environments/${found.name}`} fz="xs">
            {t('environment.open')} <IconExternalLink size={11} />
          </Anchor>
        </Group>
      )}
    </>
  );
}

function Option({ environment }: { environment: Environment | undefined }) {
  const { t } = useTranslation('designer');
  if (!environment) return null;
  return (
    <div>
      <Text fz="sm">{environment.name}</Text>
      <Text fz="xs" c="var(--app-muted)">
        {environment.title || words(environment, undefined, t)}
      </Text>
    </div>
  );
}

function words(
  environment: Environment,
  pinned: string | undefined,
  t: (key: string, values?: Record<string, unknown>) => string,
): string {
  if (environment.builtin) return t('environment.builtin');
  if (pinned) return t('environment.pinned', { version: pinned });
  if (environment.version > 0) return t('environment.in_use', { version: environment.version });
  return environment.last_status
    ? t(`environment.none_ready.${environment.last_status}`, { version: environment.last_version })
    : t('environment.not_built');
}
