import { ActionIcon, type MantineColorScheme, Menu, useMantineColorScheme } from '@mantine/core';
import { IconCheck, IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';

export const schemes = [
  { value: 'light', icon: IconSun },
  { value: 'dark', icon: IconMoon },
  { value: 'auto', icon: IconDeviceDesktop },
] as const satisfies readonly { value: MantineColorScheme; icon: unknown }[];

export function ThemeMenu() {
  const { t } = useTranslation('common');
  const { colorScheme } = useMantineColorScheme();
  const Icon = schemes.find((scheme) => scheme.value === colorScheme)?.icon ?? IconSun;
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon size="lg" aria-label={t('settings.theme')} data-testid="theme-menu">
          <Icon size={20} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <ThemeItems />
      </Menu.Dropdown>
    </Menu>
  );
}

export function ThemeItems() {
  const { t } = useTranslation('common');
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return schemes.map(({ value, icon: Icon }) => (
    <Menu.Item
      key={value}
      leftSection={<Icon size={16} stroke={1.6} />}
      rightSection={value === colorScheme ? <IconCheck size={16} /> : null}
      onClick={() => setColorScheme(value)}
      data-testid={`theme-${value}`}
    >
      {t(`theme.${value}`)}
    </Menu.Item>
  ));
}
