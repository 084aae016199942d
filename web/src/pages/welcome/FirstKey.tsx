import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { guideQuery } from "@/api/guide";
import { useMakeKey } from "@/api/keys";
import { Code } from "@/components/common/bits";
import { ErrorBox } from "@/components/common/states";
import { Button } from "@/components/ui/Button";
import { Field, Input } from "@/components/ui/Field";

/** What a shell takes literally, whatever stands in it. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** A first call with it, as it can be pasted into a shell. */
export function snippet(url: string, key: string, model: string): string {
  const body = JSON.stringify({ model, messages: [{ role: "user", content: "Hello" }] });
  return [
    `curl ${quoted(`${url}/v1/chat/completions`)} \\`,
    `  -H ${quoted(`Authorization: Bearer ${key}`)} \\`,
    "  -H 'Content-Type: application/json' \\",
    `  -d ${quoted(body)}`,
  ].join("\n");
}

/** Makes a key for a program, shows it this once, and how to call with it. */
export function FirstKey({ model }: { model: string | null }) {
  const { t } = useTranslation("welcome");
  const { data: guide } = useQuery(guideQuery);
  const make = useMakeKey();
  const [name, setName] = useState("my-program");
  const send = (event: FormEvent) => {
    event.preventDefault();
    make.mutate({ name: name.trim(), settings: {} });
  };
  if (make.data)
    return (
      <div className="flex flex-col gap-3">
        <p>{t("key.once")}</p>
        <Code label={t("key.label")} wrap>
          {make.data.key}
        </Code>
        {guide && model && (
          <>
            <p className="text-muted">{t("key.try")}</p>
            <Code label={t("key.snippet")}>{snippet(guide.base_url, make.data.key, model)}</Code>
          </>
        )}
        <p>
          <Link to="/guide" className="text-accent hover:underline">
            {t("key.guide")}
          </Link>
        </p>
      </div>
    );
  return (
    <form onSubmit={send} className="flex flex-col gap-3">
      <p className="text-muted">{t("key.text")}</p>
      <div className="flex flex-wrap items-end gap-2">
        <Field label={t("key.name")} className="w-64">
          <Input required dir="auto" value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        <Button type="submit" look="primary" busy={make.isPending}>
          {t("key.make")}
        </Button>
      </div>
      {make.isError && <ErrorBox error={make.error} />}
    </form>
  );
}
