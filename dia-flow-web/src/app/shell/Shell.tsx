import { ActionIcon, AppShell, Burger, Group, Text, Tooltip, UnstyledButton } from '@mantine/core';
import { useDisclosure, useHotkeys, useLocalStorage } from '@mantine/hooks';
import {
  IconLayoutSidebarLeftCollapse,
  IconLayoutSidebarLeftExpand,
  IconSearch,
} from '@tabler/icons-react';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Logo } from '@/ui/Logo';
import { ConnectionBanner } from './ConnectionBanner';
import { NavLinks } from './NavLinks';
import classes from './Shell.module.css';
import { UserMenu } from './UserMenu';

const CommandPalette = lazy(() =>
  import('../palette/CommandPalette').then((module) => ({ default: module.CommandPalette })),
);

const mod = /mac|iphone|ipad/i.test(navigator.platform) ? '⌘' : 'Ctrl';

/** Navigation beside the screen; folded to icons when asked, a drawer on narrow windows. */
export function Shell() {
  const { t } = useTranslation('common');
  const [drawer, drawerActions] = useDisclosure(false);
  const [palette, setPalette] = useState<'unused' | 'open' | 'closed'>('unused');
  useHotkeys([['mod+K', () => setPalette('open')]], [], true);

  const path = useRouterState({ select: (state) => state.location.pathname });
  // The canvas wants the room: in the designer the navigation begins folded and has a choice of its own.
  const drawing = /^\/flows\/./.test(path);
  const elsewhere = useLocalStorage({
    key: 'dataflow-nav-folded',
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  const inDesigner = useLocalStorage({
    key: 'dataflow-nav-folded-designer',
    defaultValue: true,
    getInitialValueInEffect: false,
  });
  const [folded, setFolded] = drawing ? inDesigner : elsewhere;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the drawer closes with every change of screen
  useEffect(() => drawerActions.close(), [path]);

  const search = (
    <UnstyledButton
      className={classes.search}
      data-folded={folded || undefined}
      onClick={() => setPalette('open')}
      aria-label={t('palette.open')}
      data-testid="open-palette"
    >
      <IconSearch size={16} stroke={1.8} />
      <span className={classes.label}>{t('palette.search')}</span>
      <kbd className={classes.kbd}>{mod} K</kbd>
    </UnstyledButton>
  );

  return (
    <AppShell
      layout="alt"
      header={{ height: { base: 52, sm: 0 } }}
      navbar={{ width: folded ? 60 : 232, breakpoint: 'sm', collapsed: { mobile: !drawer } }}
      padding={0}
      transitionDuration={120}
    >
      <a className={classes.skip} href="#main">
        {t('nav.skip')}
      </a>
      <AppShell.Header className={classes.header} hiddenFrom="sm">
        <Group gap="sm" h="100%" px="md">
          <Burger
            opened={drawer}
            onClick={drawerActions.toggle}
            size="sm"
            aria-label={t('nav.menu')}
          />
          <Logo size={24} />
          <Text fw={600}>Dataflow</Text>
        </Group>
      </AppShell.Header>

      <AppShell.Navbar
        className={classes.navbar}
        data-folded={folded || undefined}
        aria-label={t('nav.main')}
      >
        <div className={classes.brand}>
          <Link to="/flows" className={classes.home} aria-label="Dataflow">
            <Logo size={28} />
            <span className={classes.label}>Dataflow</span>
          </Link>
          <Burger
            opened={drawer}
            onClick={drawerActions.toggle}
            size="sm"
            hiddenFrom="sm"
            aria-label={t('nav.menu')}
          />
        </div>
        {search}
        <NavLinks folded={folded} />
        <div className={classes.foot}>
          <Tooltip label={t(folded ? 'nav.unfold' : 'nav.fold')} position="right">
            <ActionIcon
              visibleFrom="sm"
              size="lg"
              onClick={() => setFolded(!folded)}
              aria-label={t(folded ? 'nav.unfold' : 'nav.fold')}
              data-testid="nav-fold"
            >
              {folded ? (
                <IconLayoutSidebarLeftExpand size={20} stroke={1.6} />
              ) : (
                <IconLayoutSidebarLeftCollapse size={20} stroke={1.6} />
              )}
            </ActionIcon>
          </Tooltip>
          <UserMenu folded={folded} />
        </div>
      </AppShell.Navbar>

      <AppShell.Main id="main" className={classes.main}>
        <ConnectionBanner />
        <Outlet />
      </AppShell.Main>

      {palette !== 'unused' && (
        <Suspense>
          <CommandPalette opened={palette === 'open'} onClose={() => setPalette('closed')} />
        </Suspense>
      )}
    </AppShell>
  );
}
