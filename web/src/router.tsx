import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { queries } from "@/api/queries";
import { meQuery, setupQuery } from "@/api/session";
import { basePath } from "@/lib/url";
import { Broken, Nowhere } from "@/shell/ends";
import { Shell } from "@/shell/Shell";

type Texts = Record<string, string>;

const root = createRootRoute({
  notFoundComponent: Nowhere,
  errorComponent: Broken,
  validateSearch: (search): Texts =>
    Object.fromEntries(Object.entries(search).map(([name, value]) => [name, String(value)])),
});

const at = <P extends string>(path: P, load: () => Promise<Record<string, unknown>>, name: string) =>
  createRoute({
    getParentRoute: () => inside,
    path,
    // biome-ignore lint/suspicious/noExplicitAny: the router's own type of a lazily loaded component
    component: lazyRouteComponent(load as () => Promise<any>, name),
  });

/** Before anybody is signed in. */
const gates = [
  createRoute({
    getParentRoute: () => root,
    path: "/login",
    component: lazyRouteComponent(() => import("@/pages/login/LoginPage"), "LoginPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/setup",
    component: lazyRouteComponent(() => import("@/pages/login/SetupPage"), "SetupPage"),
  }),
];

/** Behind the sign-in. */
const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  component: Shell,
  beforeLoad: async ({ location }) => {
    const me = await queries.ensureQueryData(meQuery);
    if (me) return;
    const setup = await queries.ensureQueryData(setupQuery);
    if (setup.open) throw redirect({ to: "/setup" as string });
    throw redirect({ to: "/login" as string, search: { to: location.href } as never });
  },
});

const pages = [
  at("/", () => import("@/pages/overview/OverviewPage"), "OverviewPage"),
  at("/welcome", () => import("@/pages/welcome/WelcomePage"), "WelcomePage"),
  at("/requests", () => import("@/pages/requests/RequestsPage"), "RequestsPage"),
  at("/costs", () => import("@/pages/costs/CostsPage"), "CostsPage"),
  at("/alerts", () => import("@/pages/alerts/AlertsPage"), "AlertsPage"),
  at("/models", () => import("@/pages/models/ModelsPage"), "ModelsPage"),
  at("/providers", () => import("@/pages/providers/ProvidersPage"), "ProvidersPage"),
  at("/providers/$name", () => import("@/pages/providers/ProviderPage"), "ProviderPage"),
  at("/routes", () => import("@/pages/routes/RoutesPage"), "RoutesPage"),
  at("/routes/$name", () => import("@/pages/routes/RoutePage"), "RoutePage"),
  at("/keys", () => import("@/pages/keys/KeysPage"), "KeysPage"),
  at("/playground", () => import("@/pages/playground/PlaygroundPage"), "PlaygroundPage"),
  at("/guide", () => import("@/pages/guide/GuidePage"), "GuidePage"),
  at("/users", () => import("@/pages/users/UsersPage"), "UsersPage"),
  at("/audit", () => import("@/pages/audit/AuditPage"), "AuditPage"),
  at("/history", () => import("@/pages/history/HistoryPage"), "HistoryPage"),
  at("/settings", () => import("@/pages/settings/SettingsPage"), "SettingsPage"),
  at("/account", () => import("@/pages/account/AccountPage"), "AccountPage"),
];

const plain = (search: Texts) => {
  const text = new URLSearchParams(
    Object.entries(search).filter(([, value]) => value !== undefined),
  ).toString();
  return text && `?${text}`;
};

export const router = createRouter({
  routeTree: root.addChildren([...gates, inside.addChildren(pages)]),
  basepath: basePath(),
  // Plain names and values, as people write them: ?key=ci&failed=true.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => plain(search as Texts),
  defaultPreload: "intent",
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
