import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { listen } from '@/api/client';
import { keys } from '@/api/keys';
import { LoginRoute } from '@/auth/LoginRoute';
import { meQuery } from '@/auth/session';
import { parseRunSearch } from '@/runs/search';
import { useConnection } from './connection';
import { ErrorScreen, NotFound } from './ErrorScreen';
import { Pending } from './Pending';
import { Shell } from './shell/Shell';

interface RouterContext {
  client: QueryClient;
}

const root = createRootRouteWithContext<RouterContext>()({ component: Outlet });

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: (search: Record<string, unknown>): { next?: string } => ({
    next: typeof search.next === 'string' ? search.next : undefined,
  }),
  component: LoginRoute,
});

/** Everything inside asks for a session first. */
const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  beforeLoad: async ({ context, location }) => {
    const me = await context.client.ensureQueryData(meQuery);
    if (!me) throw redirect({ to: '/login', search: { next: location.href } });
  },
  component: Shell,
});

const index = createRoute({
  getParentRoute: () => inside,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/flows' });
  },
});

const flows = createRoute({
  getParentRoute: () => inside,
  path: '/flows',
  validateSearch: (search: Record<string, unknown>): { q?: string; action?: 'new' | 'import' } => ({
    q: typeof search.q === 'string' && search.q ? search.q : undefined,
    action: search.action === 'new' || search.action === 'import' ? search.action : undefined,
  }),
  component: lazyRouteComponent(() => import('@/flows/FlowsPage'), 'FlowsPage'),
});

const designer = createRoute({
  getParentRoute: () => inside,
  path: '/flows/$flowId',
  component: lazyRouteComponent(() => import('./DesignerRoute'), 'DesignerRoute'),
});

const quality = createRoute({
  getParentRoute: () => inside,
  path: '/flows/$flowId/quality',
  component: lazyRouteComponent(() => import('@/quality/QualityPage'), 'QualityPage'),
});

const marks = createRoute({
  getParentRoute: () => inside,
  path: '/flows/$flowId/marks',
  component: lazyRouteComponent(() => import('@/marks/MarksPage'), 'MarksPage'),
});

const runs = createRoute({
  getParentRoute: () => inside,
  path: '/runs',
  validateSearch: parseRunSearch,
  component: lazyRouteComponent(() => import('@/runs/RunsPage'), 'RunsPage'),
});

const run = createRoute({
  getParentRoute: () => inside,
  path: '/runs/$runId',
  validateSearch: (search: Record<string, unknown>): { node?: string; tab?: string } => ({
    node: typeof search.node === 'string' ? search.node : undefined,
    tab: typeof search.tab === 'string' ? search.tab : undefined,
  }),
  component: lazyRouteComponent(() => import('@/runs/RunPage'), 'RunPage'),
});

const approvals = createRoute({
  getParentRoute: () => inside,
  path: '/approvals',
  validateSearch: (search: Record<string, unknown>): { open?: string; all?: true } => ({
    open: typeof search.open === 'string' ? search.open : undefined,
    all: search.all === true ? true : undefined,
  }),
  component: lazyRouteComponent(() => import('@/approvals/ApprovalsPage'), 'ApprovalsPage'),
});

const files = createRoute({
  getParentRoute: () => inside,
  path: '/files',
  component: lazyRouteComponent(() => import('@/files/FilesPage'), 'FilesPage'),
});

const environments = createRoute({
  getParentRoute: () => inside,
  path: '/environments',
  validateSearch: (search: Record<string, unknown>): { tab?: string } => ({
    tab: typeof search.tab === 'string' ? search.tab : undefined,
  }),
  component: lazyRouteComponent(
    () => import('@/environments/EnvironmentsPage'),
    'EnvironmentsPage',
  ),
});

const environment = createRoute({
  getParentRoute: () => inside,
  path: '/environments/$name',
  validateSearch: (search: Record<string, unknown>): { tab?: string; version?: number } => ({
    tab: typeof search.tab === 'string' ? search.tab : undefined,
    version: typeof search.version === 'number' ? search.version : undefined,
  }),
  component: lazyRouteComponent(() => import('@/environments/EnvironmentPage'), 'EnvironmentPage'),
});

const connections = createRoute({
  getParentRoute: () => inside,
  path: '/connections',
  component: lazyRouteComponent(() => import('@/connections/ConnectionsPage'), 'ConnectionsPage'),
});

const connection = createRoute({
  getParentRoute: () => inside,
  path: '/connections/$name',
  component: lazyRouteComponent(() => import('@/connections/ConnectionPage'), 'ConnectionPage'),
});

const settings = createRoute({
  getParentRoute: () => inside,
  path: '/settings',
  validateSearch: (search: Record<string, unknown>): { tab?: string } => ({
    tab: typeof search.tab === 'string' ? search.tab : undefined,
  }),
  component: lazyRouteComponent(() => import('@/settings/SettingsPage'), 'SettingsPage'),
});

const tree = root.addChildren([
  login,
  inside.addChildren([
    index,
    flows,
    designer,
    quality,
    marks,
    runs,
    run,
    approvals,
    files,
    environments,
    environment,
    connections,
    connection,
    settings,
  ]),
]);

export function createAppRouter(client: QueryClient) {
  const router = createRouter({
    routeTree: tree,
    context: { client },
    defaultPreload: 'intent',
    defaultPendingComponent: Pending,
    defaultPendingMs: 200,
    defaultErrorComponent: ErrorScreen,
    defaultNotFoundComponent: () => <NotFound />,
    scrollRestoration: true,
  });
  listen({
    reached: (reached, standby) => useConnection.getState().set(!reached, standby),
    unauthorized: () => {
      if (!client.getQueryData(keys.me)) return; // nobody was logged in to begin with
      client.setQueryData(keys.me, null);
      const here = router.state.location;
      if (here.pathname !== '/login') {
        void router.navigate({ to: '/login', search: { next: here.href } });
      }
    },
  });
  return router;
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
