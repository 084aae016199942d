/**
 * Every page of the console that is reached from its menu, and those that are reached from another page. Neighbours are of
 * different rooms: `visit` goes from one to the next without loading the console anew.
 */
export const PAGES = [
  "./",
  "requests",
  "routes",
  "./?chart=latency",
  "costs",
  "routes/of-the-file",
  "./?chart=errors&by=code",
  "keys",
  "routes/of-the-console",
  "costs?by=day&ahead=key",
  "keys?tab=teams",
  "account",
  "alerts",
  "keys?tab=budgets",
  "account?tab=factor",
  "models",
  "providers",
  "account?tab=sessions",
  "playground",
  "guide",
  "account?tab=tokens",
  "users",
  "audit",
  "history",
  "settings",
  "welcome",
];
