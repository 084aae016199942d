import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { configQuery } from "@/api/config";
import { type Setting, settingsQuery } from "@/api/settings";
import { Page } from "@/components/common/Page";
import { Empty, Loaded } from "@/components/common/states";
import { Card } from "@/components/ui/Card";
import { Input } from "@/components/ui/Field";
import { useUrlState } from "@/hooks/useUrlState";
import { useMeaning } from "@/lib/meaning";
import { place } from "./draft";
import { EnvironmentCard } from "./EnvironmentCard";
import { SettingRow } from "./SettingRow";
import { StatusCard } from "./StatusCard";

/** What can be set, what holds, who says so; how the gateway is, and what it reads from its environment. */
export function SettingsPage() {
  const { t } = useTranslation("settings");
  const settings = useQuery(settingsQuery);
  const { data: config } = useQuery(configQuery);
  const [{ find }, put] = useUrlState({ find: "" });
  return (
    <Page title={t("title")} about={t("about")}>
      {config && config.restart.length > 0 && (
        <p role="status" className="rounded-lg border border-line bg-warn-soft px-4 py-3 text-warn">
          {t("waits", { list: config.restart.join(", ") })}
        </p>
      )}
      <StatusCard />
      <Input
        type="search"
        className="w-full max-w-md"
        aria-label={t("find")}
        placeholder={t("find")}
        value={find}
        onChange={(event) => put({ find: event.target.value })}
      />
      <Loaded query={settings} lines={12}>
        {({ items, environment }) => (
          <>
            <Groups items={items} find={find} />
            <EnvironmentCard list={environment} find={find} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Groups({ items, find }: { items: Setting[]; find: string }) {
  const { t } = useTranslation("settings");
  const { text: meaning, title: named } = useMeaning();
  const groups = useMemo(() => {
    const words = find.toLowerCase().split(/\s+/).filter(Boolean);
    const found = items.filter(({ path, title, doc }) => {
      // In English too: that is how documentation and colleagues call it.
      const text = `${path} ${title} ${doc} ${named(path, title)} ${meaning(doc)}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    const by = new Map<string, Setting[]>();
    for (const setting of found) {
      const { item, rest } = place(setting.path);
      const group = rest === null ? "general" : item;
      by.set(group, [...(by.get(group) ?? []), setting]);
    }
    return [...by];
  }, [items, find, meaning, named]);
  if (groups.length === 0) return <Empty title={t("nothingFound")} />;
  return groups.map(([group, list]) => (
    <Card key={group} flush title={t(`group.${group}`, { defaultValue: group })}>
      <ul className="mt-2 divide-y divide-line">
        {list.map((setting) => (
          <SettingRow key={setting.path} setting={setting} />
        ))}
      </ul>
    </Card>
  ));
}
