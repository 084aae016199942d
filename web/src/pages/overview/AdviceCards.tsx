import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleCheck, Info, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useReset } from "@/api/deployments";
import { type Advice, adviceQuery } from "@/api/insight";
import { meQuery, useMay } from "@/api/session";
import { MatterText } from "@/components/advice/MatterText";
import { useSay } from "@/components/advice/words";
import { When } from "@/components/common/bits";
import { Loaded } from "@/components/common/states";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { useNow } from "@/hooks/useNow";
import { cx } from "@/lib/cx";
import { place } from "./place";

const LOOK: Record<string, string> = { urgent: "text-bad", soon: "text-warn", note: "text-info" };

const isUrgent = ({ severity }: Advice) => severity === "urgent";

/** What needs a person, the worst first, each with the action that mends it. `rest`: what is urgent stands elsewhere. */
export function AdviceCards({ rest = false }: { rest?: boolean }) {
  const { t } = useTranslation("overview");
  const advice = useQuery(adviceQuery);
  const urgent = rest && advice.data?.some(isUrgent);
  if (urgent && advice.data?.every(isUrgent)) return null;
  return (
    <Card title={urgent ? t("advice.rest") : t("advice.title")}>
      <Loaded query={advice} lines={2}>
        {(items) =>
          items.length === 0 ? (
            <p className="flex items-center gap-2 text-muted">
              <CircleCheck size={16} className="text-good" aria-hidden="true" />
              {t("advice.none")}
            </p>
          ) : (
            <List items={urgent ? items.filter((item) => !isUrgent(item)) : items} />
          )
        }
      </Loaded>
    </Card>
  );
}

/** What cannot wait, and nothing where nothing is. That it cannot be known is told by the card of the rest. */
export function UrgentAdvice() {
  const { t } = useTranslation("overview");
  const { data } = useQuery(adviceQuery);
  const urgent = data?.filter(isUrgent) ?? [];
  if (urgent.length === 0) return null;
  return (
    <Card title={t("advice.title")}>
      <List items={urgent} />
    </Card>
  );
}

function List({ items }: { items: readonly Advice[] }) {
  return (
    <ul className="divide-y divide-line">
      {items.map((item) => (
        <Row key={`${item.kind} ${item.subject}`} item={item} />
      ))}
    </ul>
  );
}

function Row({ item }: { item: Advice }) {
  const { t } = useTranslation("overview");
  const now = useNow(60_000);
  const Icon = item.severity === "note" ? Info : TriangleAlert;
  const severity =
    item.severity === "urgent"
      ? t("advice.urgent")
      : item.severity === "soon"
        ? t("advice.soon")
        : t("advice.note");
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-2 py-2.5">
      <Icon size={16} aria-hidden="true" className={cx("mt-1 shrink-0", LOOK[item.severity])} />
      <div className="min-w-0 flex-1 basis-64">
        <MatterText
          of={item}
          at={now}
          before={<span className={cx("mr-1.5 text-xs font-medium", LOOK[item.severity])}>{severity}</span>}
        />
        {item.since_ms != null && (
          <p className="text-sm text-muted">
            {t("advice.since")} <When ms={item.since_ms} />
          </p>
        )}
      </div>
      <Action item={item} />
    </li>
  );
}

/** Where to go, or what to do at once. */
function Action({ item }: { item: Advice }) {
  const say = useSay();
  const may = useMay("operator");
  const admin = useMay("admin");
  const reset = useReset();
  const { data: me } = useQuery(meQuery);
  const { kind, subject } = item.action;
  const own = item.kind === "no_second_factor" && me?.user.totp === false && me.user.role === "admin";
  const words = own
    ? say("action.own_factor", {})
    : say(`action.${item.kind}`, {}) || say(`action.${kind}`, {}) || say("action.other", {});
  if (kind === "reset_deployment") {
    if (!may) return null;
    return (
      <Button small busy={reset.isPending} onClick={() => reset.mutate(subject)}>
        {words}
      </Button>
    );
  }
  const [to, search] = place(item, own);
  if ((to === "/users" && !admin) || (item.kind === "no_client_keys" && !may)) return null;
  return (
    <Link
      to={to}
      search={search as never}
      className="inline-flex h-7 items-center rounded-md border border-line px-2 text-sm font-medium hover:bg-sunken"
    >
      {words}
    </Link>
  );
}
