import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { conversationQuery, type Part, type Turn } from "@/api/insight";
import { Empty, Loaded } from "@/components/common/states";
import { useTerms } from "@/components/common/terms";
import { Badge } from "@/components/ui/Badge";
import { cx } from "@/lib/cx";
import { bytes } from "@/lib/format";

/** What was said, turn by turn: by whom, with tools, pictures and reasoning. */
export function ConversationTab({ id }: { id: string }) {
  const { t } = useTranslation("requests");
  const conversation = useQuery(conversationQuery(id));
  return (
    <Loaded query={conversation}>
      {({ kept, cut, turns, tools, hint }) =>
        kept ? (
          <div className="flex flex-col gap-3">
            {cut && <p className="text-warn">{t("bodies.cut")}</p>}
            {tools.length > 0 && (
              <p className="flex flex-wrap items-center gap-1.5 text-sm text-muted">
                {t("said.tools")}
                {tools.map((tool) => (
                  <span key={tool.name} title={tool.description ?? undefined}>
                    <Badge>{tool.name}</Badge>
                  </span>
                ))}
              </p>
            )}
            <ol className="flex flex-col gap-3">
              {turns.map((turn, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: turns have no other name and do not move
                <Said key={index} turn={turn} />
              ))}
            </ol>
          </div>
        ) : (
          <Empty
            title={t("bodies.none")}
            action={
              <Link to="/settings" search={{ find: "log.bodies" } as never} className="text-accent underline">
                {t("bodies.settings")}
              </Link>
            }
          >
            {hint ?? t("bodies.why")}
          </Empty>
        )
      }
    </Loaded>
  );
}

function Said({ turn }: { turn: Turn }) {
  const { t } = useTranslation("requests");
  const roles = {
    system: t("said.system"),
    user: t("said.user"),
    assistant: t("said.assistant"),
    tool: t("said.tool"),
  };
  return (
    <li
      className={cx(
        "rounded-lg border border-line p-3",
        turn.role === "user" && "bg-sunken",
        turn.answer && "border-accent",
      )}
    >
      <p className="mb-1 text-sm font-medium text-muted">
        {roles[turn.role as keyof typeof roles] ?? turn.role}
        {turn.answer && ` · ${t("said.answer")}`}
      </p>
      <div className="flex flex-col gap-2">
        {turn.parts.map((part, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: as above
          <Piece key={index} part={part} />
        ))}
      </div>
    </li>
  );
}

function Piece({ part }: { part: Part }) {
  const { t } = useTranslation("requests");
  const term = useTerms();
  if (part.data_url?.startsWith("data:image/")) {
    return (
      <img
        src={part.data_url}
        alt={t("said.image")}
        className="max-h-64 max-w-full rounded border border-line"
      />
    );
  }
  const text = part.text ?? part.arguments ?? "";
  if (part.kind === "text" || part.kind === "refusal") {
    return (
      <p dir="auto" className={cx("break-words whitespace-pre-wrap", part.kind === "refusal" && "text-warn")}>
        {text}
      </p>
    );
  }
  return (
    <div className="rounded border border-line bg-surface p-2 text-sm">
      <p className="flex flex-wrap gap-2 text-muted">
        <Badge tone={part.failed ? "bad" : "info"}>{term("said", part.kind)}</Badge>
        {part.name && <code className="font-mono">{part.name}</code>}
        {part.media_type}
        {part.bytes != null && bytes(part.bytes)}
      </p>
      {text && (
        <p dir="auto" className="mt-1 font-mono text-xs break-words whitespace-pre-wrap">
          {text}
        </p>
      )}
    </div>
  );
}
