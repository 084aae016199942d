import "i18next";
import type account from "./en/account.json";
import type advice from "./en/advice.json";
import type alerts from "./en/alerts.json";
import type audit from "./en/audit.json";
import type charts from "./en/charts.json";
import type common from "./en/common.json";
import type costs from "./en/costs.json";
import type decision from "./en/decision.json";
import type guide from "./en/guide.json";
import type history from "./en/history.json";
import type keys from "./en/keys.json";
import type models from "./en/models.json";
import type overview from "./en/overview.json";
import type playground from "./en/playground.json";
import type providers from "./en/providers.json";
import type requests from "./en/requests.json";
import type routes from "./en/routes.json";
import type settings from "./en/settings.json";
import type terms from "./en/terms.json";
import type users from "./en/users.json";
import type welcome from "./en/welcome.json";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "common";
    returnNull: false;
    resources: {
      charts: typeof charts;
      common: typeof common;
      advice: typeof advice;
      terms: typeof terms;
      overview: typeof overview;
      requests: typeof requests;
      decision: typeof decision;
      costs: typeof costs;
      models: typeof models;
      providers: typeof providers;
      routes: typeof routes;
      keys: typeof keys;
      playground: typeof playground;
      guide: typeof guide;
      users: typeof users;
      alerts: typeof alerts;
      audit: typeof audit;
      history: typeof history;
      settings: typeof settings;
      account: typeof account;
      welcome: typeof welcome;
    };
  }
}
