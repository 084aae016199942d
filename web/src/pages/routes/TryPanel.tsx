import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { keysQuery } from "@/api/keys";
import { type Explained, useExplain } from "@/api/routes";
import { ErrorBox } from "@/components/common/states";
import { DecisionView } from "@/components/decision/DecisionView";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { Checkbox, Field, Input, Select, Textarea } from "@/components/ui/Field";

/** Where a prompt would go now, and why, without sending it. */
export function TryPanel({ route }: { route?: string }) {
  const { t } = useTranslation("routes");
  const explain = useExplain();
  const { data: keys = [] } = useQuery(keysQuery);
  const [form, setForm] = useState({
    model: route ?? "wye/auto",
    key: "",
    prompt: "",
    tools: false,
    image: false,
    schema: false,
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    explain.mutate({ ...form, key: form.key || keys[0]?.name });
  };
  const put = (part: Partial<typeof form>) => setForm({ ...form, ...part });
  return (
    <Card title={t("try.title")}>
      <form onSubmit={send} className="flex flex-col gap-3">
        <p className="text-muted">{t("try.about")}</p>
        {!route && (
          <Field label={t("try.model")}>
            <Input required value={form.model} onChange={(event) => put({ model: event.target.value })} />
          </Field>
        )}
        {keys.length > 1 && (
          <Field label={t("try.key")}>
            <Select value={form.key || keys[0]?.name} onChange={(event) => put({ key: event.target.value })}>
              {keys.map(({ name }) => (
                <option key={name}>{name}</option>
              ))}
            </Select>
          </Field>
        )}
        <Field label={t("try.prompt")}>
          <Textarea
            required
            dir="auto"
            rows={3}
            value={form.prompt}
            onChange={(event) => put({ prompt: event.target.value })}
          />
        </Field>
        <div className="flex flex-wrap gap-x-5 gap-y-1">
          <Checkbox checked={form.tools} onChange={(event) => put({ tools: event.target.checked })}>
            {t("try.tools")}
          </Checkbox>
          <Checkbox checked={form.image} onChange={(event) => put({ image: event.target.checked })}>
            {t("try.image")}
          </Checkbox>
          <Checkbox checked={form.schema} onChange={(event) => put({ schema: event.target.checked })}>
            {t("try.schema")}
          </Checkbox>
        </div>
        <Button type="submit" look="primary" className="self-start" busy={explain.isPending}>
          {t("try.go")}
        </Button>
        {explain.isError && <ErrorBox error={explain.error} />}
      </form>
      {explain.data && <Answer explained={explain.data} />}
    </Card>
  );
}

function Answer({ explained }: { explained: Explained }) {
  const { t } = useTranslation("routes");
  return (
    <section aria-live="polite" className="mt-5 flex flex-col gap-4 border-t border-line pt-4">
      <p className="text-lg">
        {explained.first ? (
          <>
            {t("try.first")} <bdi className="font-semibold">{explained.first}</bdi>
          </>
        ) : (
          <span className="text-bad">{t("try.nobody")}</span>
        )}
      </p>
      {explained.judge && <p>{t("try.judge", { route: explained.judge })}</p>}
      {explained.members.length > 0 && <p>{t("try.members", { list: explained.members.join(", ") })}</p>}
      <DecisionView decision={explained.decision} />
      {explained.grams.length > 0 && (
        <section>
          <h3 className="mb-2 font-medium">{t("try.grams")}</h3>
          <ul className="flex flex-wrap gap-1.5">
            {explained.grams.map(({ head, text, weight }) => (
              <li key={`${head} ${text}`}>
                <Badge tone={weight > 0 ? "good" : "bad"}>
                  <code className="font-mono whitespace-pre">{text}</code> {head} {weight > 0 ? "+" : ""}
                  {weight.toFixed(2)}
                </Badge>
              </li>
            ))}
          </ul>
        </section>
      )}
    </section>
  );
}
