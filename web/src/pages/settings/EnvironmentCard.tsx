import { useTranslation } from "react-i18next";
import type { Variable } from "@/api/settings";
import { Badge } from "@/components/ui/Badge";
import { Card } from "@/components/ui/Card";
import { useMeaning } from "@/lib/meaning";

/** The variables that the program reads: those that are set, then the others. Secrets are never shown. */
export function EnvironmentCard({ list, find }: { list: Variable[]; find: string }) {
  const { t } = useTranslation("settings");
  const told = useTold();
  const words = find.toLowerCase();
  const found = list.filter(({ name, doc }) => `${name} ${doc} ${told(doc)}`.toLowerCase().includes(words));
  const set = found.filter((variable) => variable.set);
  const others = found.filter((variable) => !variable.set);
  if (found.length === 0) return null;
  return (
    <Card flush title={t("environment.title")}>
      <p className="px-4 pb-2 text-muted">{t("environment.about")}</p>
      {set.length === 0 ? <p className="px-4 pb-3">{t("environment.none")}</p> : <List list={set} />}
      {others.length > 0 && (
        <details className="border-t border-line">
          <summary className="cursor-pointer px-4 py-2.5 font-medium">
            {t("environment.others", { count: others.length })}
          </summary>
          <List list={others} />
        </details>
      )}
    </Card>
  );
}

function List({ list }: { list: Variable[] }) {
  const { t } = useTranslation("settings");
  const told = useTold();
  return (
    <ul className="divide-y divide-line">
      {list.map(({ name, doc, set, value }) => (
        <li
          key={name}
          className="grid gap-x-6 gap-y-1 px-4 py-2 md:grid-cols-[minmax(0,22rem)_minmax(0,1fr)_minmax(0,14rem)]"
        >
          <code className="font-mono text-sm break-all">{name}</code>
          <span className="text-sm text-muted">{told(doc)}</span>
          <span className="flex min-w-0 flex-wrap items-center gap-2 text-sm">
            <Badge tone={set ? "good" : "plain"}>{set ? t("environment.set") : t("environment.unset")}</Badge>
            {set &&
              (value === null || value === undefined ? (
                t("environment.secret")
              ) : (
                <bdi className="break-all">{value}</bdi>
              ))}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** What a variable is for, in the reader's language. Of providers there are many, each said alike. */
function useTold(): (doc: string) => string {
  const { t } = useTranslation("settings");
  const { text } = useMeaning();
  return (doc) => {
    const [, key] = /^A key of (.+)\.$/.exec(doc) ?? [];
    const [, address] = /^The address of (.+)\.$/.exec(doc) ?? [];
    if (key) return t("environment.keyOf", { name: key });
    return address ? t("environment.addressOf", { name: address }) : text(doc);
  };
}
