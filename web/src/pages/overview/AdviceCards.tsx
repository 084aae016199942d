import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleCheck, Info, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useReset } from "@/api/deployments";
import { type Advice, adviceQuery } from "@/api/insight";
import { useMay } from "@/api/session";
import { When } from "@/components/common/bits";
import { Loaded } from "@/components/common/states";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { cx } from "@/lib/cx";

const LOOK: Record<string, string> = { urgent: "text-bad", soon: "text-warn", note: "text-info" };

/** What needs a person, the worst first, each with the action that mends it. */
export function AdviceCards() {
  const { t } = useTranslation("overview");
  const advice = useQuery(adviceQuery);
  return (
    <Card title={t("advice.title")}>
      <Loaded query={advice} lines={2}>
        {(items) =>
          items.length === 0 ? (
            <p className="flex items-center gap-2 text-muted">
              <CircleCheck size={16} className="text-good" aria-hidden="true" />
              {t("advice.none")}
            </p>
          ) : (
            <ul className="divide-y divide-line">
              {items.map((item) => (
                <Row key={`${item.kind} ${item.subject}`} item={item} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}

function Row({ item }: { item: Advice }) {
  const { t } = useTranslation("overview");
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
        <p className="break-words" dir="auto">
          <span className={cx("mr-1.5 text-xs font-medium", LOOK[item.severity])}>{severity}</span>
          {item.message}
        </p>
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
function Action({ item: { action } }: { item: Advice }) {
  const { t } = useTranslation("overview");
  const may = useMay("operator");
  const reset = useReset();
  if (action.kind === "reset_deployment") {
    if (!may) return null;
    return (
      <Button small busy={reset.isPending} onClick={() => reset.mutate(action.subject)}>
        {t("reset")}
      </Button>
    );
  }
  const [to, search] = place(action.kind, action.subject);
  return (
    <Link
      to={to}
      search={search as never}
      className="inline-flex h-7 items-center rounded-md border border-line px-2 text-sm font-medium hover:bg-sunken"
    >
      {t("advice.look")}
    </Link>
  );
}

function place(kind: string, subject: string): [string, Record<string, string>] {
  switch (kind) {
    case "open_deployment":
      return ["/models", { text: subject }];
    case "open_provider":
      return [subject ? `/providers/${encodeURIComponent(subject)}` : "/providers", {}];
    case "open_key":
    case "raise_budget":
      return ["/keys", { find: subject }];
    case "open_route":
      return [subject ? `/routes/${encodeURIComponent(subject)}` : "/routes", {}];
    case "open_users":
      return ["/users", {}];
    case "open_settings":
      return ["/settings", subject ? { find: subject } : {}];
    default:
      return ["/requests", { failed: "true" }];
  }
}
