import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { Field, Textarea } from "@/components/ui/Field";
import type { Call } from "./talk";

const pretty = (text: string) => {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
};

/** Tools that the model wants called. The person plays the tool: what is written is sent as its result. */
export function Calls({
  calls,
  open,
  onResults,
}: {
  calls: Call[];
  open: boolean;
  onResults: (given: string[]) => void;
}) {
  const { t } = useTranslation("playground");
  const [given, setGiven] = useState<string[]>([]);
  const send = (event: FormEvent) => {
    event.preventDefault();
    onResults(calls.map((_, at) => given[at] ?? ""));
  };
  return (
    <form onSubmit={send} className="flex flex-col gap-3 rounded-md border border-line p-3">
      {calls.map((call, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: calls stand in their order
        <section key={at} className="flex min-w-0 flex-col gap-1.5">
          <p className="text-sm">
            {t("wants")} <code className="font-mono font-medium break-all">{call.name}</code>
          </p>
          <pre className="rounded bg-sunken p-2 font-mono text-xs break-words whitespace-pre-wrap">
            {pretty(call.arguments)}
          </pre>
          {call.result === null && open ? (
            <Field label={t("result", { name: call.name })}>
              <Textarea
                required
                dir="auto"
                rows={2}
                className="font-mono text-xs"
                value={given[at] ?? ""}
                onChange={(event) => {
                  const next = calls.map((_, row) => given[row] ?? "");
                  next[at] = event.target.value;
                  setGiven(next);
                }}
              />
            </Field>
          ) : (
            call.result !== null && (
              <pre className="rounded bg-sunken p-2 font-mono text-xs break-words whitespace-pre-wrap">
                {call.result}
              </pre>
            )
          )}
        </section>
      ))}
      {open && calls.some(({ result }) => result === null) && (
        <Button type="submit" small className="self-start">
          {t("sendResults")}
        </Button>
      )}
    </form>
  );
}
