import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Guide, guideQuery } from "@/api/guide";
import { Page } from "@/components/common/Page";
import { Loaded } from "@/components/common/states";
import { Card } from "@/components/ui/Card";
import { Field, Select } from "@/components/ui/Field";
import { useUrlState } from "@/hooks/useUrlState";
import { cx } from "@/lib/cx";
import { Choices } from "./Choices";
import { addressOf } from "./place";
import { Steps } from "./Steps";
import { type Snippet, snippets } from "./snippets.mjs";

/** How programs call this gateway: with the reader's own address, key and model. */
export function GuidePage() {
  const { t } = useTranslation("guide");
  const guide = useQuery(guideQuery);
  return (
    <Page title={t("title")} about={t("about")}>
      <Loaded query={guide} lines={10}>
        {(data) => <Content guide={data} />}
      </Loaded>
    </Page>
  );
}

function Content({ guide }: { guide: Guide }) {
  const { t } = useTranslation("guide");
  const [state, put] = useUrlState({ for: "curl", key: "", model: "" });
  const [address, setAddress] = useState(() => addressOf(guide, window.location));
  // The key itself stays here, in memory, and is gone with the page.
  const [secret, setSecret] = useState("");
  const model = state.model || guide.default_model || "";
  const place = {
    url: address.trim().replace(/\/+$/, "") || guide.base_url,
    key: secret.trim() || (guide.needs_key ? "YOUR_KEY" : "not-needed"),
    model: model || "YOUR_MODEL",
  };
  const all = snippets(place);
  const shown = all.find(({ id }) => id === state.for) ?? all[0];
  return (
    <>
      <Choices
        guide={guide}
        address={address}
        onAddress={setAddress}
        name={state.key}
        onName={(key) => put({ key })}
        secret={secret}
        onSecret={setSecret}
        model={model}
        onModel={(name) => put({ model: name })}
      />
      <div className="grid gap-5 md:grid-cols-[13rem_minmax(0,1fr)]">
        <Programs all={all} chosen={shown?.id ?? ""} onChoose={(id) => put({ for: id })} />
        {shown && (
          <Card title={shown.title}>
            <Steps snippet={shown} url={place.url} missing={place.key === "YOUR_KEY"} />
            <p className="mt-4 text-sm text-muted">
              <a href={shown.manual} target="_blank" rel="noreferrer" className="text-accent underline">
                {t("manual", { name: shown.title })}
              </a>
            </p>
          </Card>
        )}
      </div>
    </>
  );
}

const GROUPS = ["code", "tool"] as const;

/** The list of programs: beside the steps, or as one field where there is no room. */
function Programs({
  all,
  chosen,
  onChoose,
}: {
  all: Snippet[];
  chosen: string;
  onChoose: (id: string) => void;
}) {
  const { t } = useTranslation("guide");
  const of = (group: string) => all.filter((snippet) => snippet.group === group);
  return (
    <>
      <Field label={t("program")} className="md:hidden">
        <Select value={chosen} onChange={(event) => onChoose(event.target.value)}>
          {GROUPS.map((group) => (
            <optgroup key={group} label={t(`group.${group}`)}>
              {of(group).map(({ id, title }) => (
                <option key={id} value={id}>
                  {title}
                </option>
              ))}
            </optgroup>
          ))}
        </Select>
      </Field>
      <nav aria-label={t("program")} className="hidden flex-col gap-4 md:flex">
        {GROUPS.map((group) => (
          <section key={group}>
            <h2 className="mb-1 px-2 text-sm font-medium text-muted">{t(`group.${group}`)}</h2>
            <ul>
              {of(group).map(({ id, title }) => (
                <li key={id}>
                  <button
                    type="button"
                    aria-current={id === chosen || undefined}
                    onClick={() => onChoose(id)}
                    className={cx(
                      "w-full rounded-md px-2 py-1 text-left",
                      id === chosen ? "bg-accent-soft font-medium text-accent" : "hover:bg-sunken",
                    )}
                  >
                    {title}
                  </button>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </nav>
    </>
  );
}
