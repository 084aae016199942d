import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { RequestRow } from "@/api/requests";
import type { components } from "@/api/schema.gen";
import { Code, CopyButton } from "@/components/common/bits";
import { Empty } from "@/components/common/states";
import { under } from "@/lib/url";

type Bodies = components["schemas"]["RequestBodies"];

/** What was sent and answered, as it was; and the same request as a command. */
export function BodiesTab({ row, bodies }: { row: RequestRow; bodies: Bodies | null }) {
  const { t } = useTranslation("requests");
  if (!bodies)
    return (
      <Empty
        title={t("bodies.none")}
        action={
          <Link to="/settings" search={{ find: "log.bodies" } as never} className="text-accent underline">
            {t("bodies.settings")}
          </Link>
        }
      >
        {t("bodies.why")}
      </Empty>
    );
  return (
    <div className="flex flex-col gap-4">
      {bodies.cut && <p className="text-warn">{t("bodies.cut")}</p>}
      <section>
        <div className="mb-1 flex items-center justify-between">
          <h3 className="font-medium">{t("bodies.request")}</h3>
          <CopyButton text={() => curl(row, bodies.request)} label={t("bodies.curl")} />
        </div>
        <Code label={t("bodies.request")} wrap>
          {pretty(bodies.request)}
        </Code>
      </section>
      <section>
        <h3 className="mb-1 font-medium">{t("bodies.response")}</h3>
        <Code label={t("bodies.response")} wrap>
          {pretty(bodies.response)}
        </Code>
      </section>
    </div>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

const PATHS: Record<string, string> = {
  openai_chat: "v1/chat/completions",
  openai_responses: "v1/responses",
  openai_completions: "v1/completions",
  anthropic_messages: "v1/messages",
  cohere: "v2/chat",
  ollama: "api/chat",
};

/** The request as a line for a shell. The key is the reader's to fill in: none is kept. */
export function curl(row: Pick<RequestRow, "dialect" | "asked" | "stream">, body: string): string {
  const gemini = `v1beta/models/${row.asked}:${row.stream ? "streamGenerateContent?alt=sse" : "generateContent"}`;
  const path = row.dialect === "gemini" ? gemini : (PATHS[row.dialect] ?? "v1/chat/completions");
  const key =
    row.dialect === "anthropic_messages"
      ? "x-api-key: $WYE_KEY"
      : row.dialect === "gemini"
        ? "x-goog-api-key: $WYE_KEY"
        : "authorization: Bearer $WYE_KEY";
  const version = row.dialect === "anthropic_messages" ? ` \\\n  -H 'anthropic-version: 2023-06-01'` : "";
  const quoted = `'${body.replaceAll("'", `'\\''`)}'`;
  return `curl ${under(path)} \\\n  -H "${key}"${version} \\\n  -H 'content-type: application/json' \\\n  -d ${quoted}`;
}
