import { Avatar, Menu, UnstyledButton } from '@mantine/core';
import { IconKey, IconLogout, IconSelector } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { keys, logout } from '@/api';
import { useMe } from '@/auth/session';
import { isLanguage } from '@/lib/i18n';
import { notifyError } from '@/ui/notify';
import { LanguageItems } from './LanguageMenu';
import classes from './Shell.module.css';
import { ThemeItems } from './ThemeMenu';

export function UserMenu({ folded }: { folded: boolean }) {
  const { t, i18n } = useTranslation('common');
  const me = useMe();
  const client = useQueryClient();
  const navigate = useNavigate();
  const name = me?.name ?? '';
  const role = me?.roles?.[0];

  const leave = async () => {
    try {
      await logout();
    } catch (error) {
      notifyError(error);
      return;
    }
    client.clear();
    client.setQueryData(keys.me, null);
    await navigate({ to: '/login' });
  };

  return (
    <Menu position={folded ? 'right-end' : 'top-start'} width={208}>
      <Menu.Target>
        <UnstyledButton
          className={classes.user}
          aria-label={t('user.menu', { name })}
          data-testid="user-menu"
        >
          <Avatar size={28} radius="xl" color="indigo" variant="filled">
            {name.slice(0, 1).toUpperCase()}
          </Avatar>
          <div className={classes.userText}>
            <div className={classes.userName}>{name}</div>
            {role && (
              <div className={classes.userRole}>{t(`role.${role}`, { defaultValue: role })}</div>
            )}
          </div>
          <IconSelector size={16} className={classes.label} />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('settings.theme')}</Menu.Label>
        <ThemeItems />
        <Menu.Label>{t('settings.language')}</Menu.Label>
        <LanguageItems current={isLanguage(i18n.language) ? i18n.language : 'en'} />
        <Menu.Divider />
        <Menu.Item component={Link} to="/settings" leftSection={<IconKey size={16} stroke={1.6} />}>
          {t('user.account')}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconLogout size={16} stroke={1.6} />}
          onClick={() => void leave()}
          data-testid="logout"
        >
          {t('user.logout')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
