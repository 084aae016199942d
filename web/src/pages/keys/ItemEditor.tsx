import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Body, ItemDialog, type Wrong } from "@/components/config/ItemDialog";
import { AllowanceFields } from "@/components/limits/AllowanceFields";
import { allowance, PERS, settled } from "@/components/limits/allowance";
import { Finer } from "@/components/limits/Finer";
import { Field, Input, Select } from "@/components/ui/Field";
import { fresh } from "./draft";
import { Scopes } from "./Scopes";
import { scope, scoped } from "./scope";

/** Makes or changes a team or a budget. */
export function ItemEditor({
  kind,
  name,
  onClose,
}: {
  kind: "team" | "budget";
  /** Null: a new one. */
  name: string | null;
  onClose: () => void;
}) {
  const { t } = useTranslation("keys");
  const title = name === null ? t(`${kind}s.make`) : t("change", { name });
  const blank: Body = kind === "team" ? {} : { each_user: true, usd: 1, per: "month" };
  return (
    <ItemDialog
      kind={kind}
      name={name}
      title={title}
      nameHint={t(`${kind}s.nameHint`)}
      blank={blank}
      onClose={onClose}
      form={(body, onBody, wrong) =>
        kind === "team" ? (
          <Team body={body} onBody={onBody} wrong={wrong} />
        ) : (
          <Budget body={body} onBody={onBody} wrong={wrong} />
        )
      }
    />
  );
}

type FormProps = { body: Body; onBody: (body: Body) => void; wrong: Wrong };

function Team({ body, onBody, wrong }: FormProps) {
  const { t } = useTranslation("keys");
  // What was typed stays as it is; the body is what it means.
  const [draft, setDraft] = useState(() => ({ allowance: allowance(body), scope: scope(body) }));
  const put = (part: Partial<typeof draft>) => {
    const next = { ...draft, ...part };
    setDraft(next);
    onBody(fresh({ ...body, ...settled(next.allowance), ...scoped(next.scope) }));
  };
  return (
    <>
      <AllowanceFields
        value={draft.allowance}
        wrong={wrong}
        onChange={(value) => put({ allowance: value })}
      />
      <p className="text-sm text-muted">{t("teams.scopes")}</p>
      <Scopes kind="team" value={draft.scope} wrong={wrong} onChange={(value) => put({ scope: value })} />
    </>
  );
}

function Budget({ body, onBody, wrong }: FormProps) {
  const { t } = useTranslation("keys");
  const { t: common } = useTranslation();
  const whose = body.each_user === true ? "user" : "tag";
  const [usd, setUsd] = useState(String(body.usd ?? ""));
  const turn = (to: string) => {
    const { tag: _tag, each_user: _each, ...rest } = body;
    onBody(to === "user" ? { ...rest, each_user: true } : { ...rest, tag: "" });
  };
  return (
    <>
      <Field label={t("budgets.whose")}>
        <Select value={whose} onChange={(event) => turn(event.target.value)}>
          <option value="user">{t("budgets.eachUser")}</option>
          <option value="tag">{t("budgets.ofTag")}</option>
        </Select>
      </Field>
      {whose === "tag" && (
        <Field label={t("budgets.tag")} error={wrong("tag")}>
          <Input
            required
            value={String(body.tag ?? "")}
            onChange={(event) => onBody({ ...body, tag: event.target.value.trim() })}
          />
        </Field>
      )}
      <div className="grid grid-cols-2 gap-3">
        <Field label={common("budgets.usd")} error={wrong("usd")}>
          <Input
            type="number"
            min={0}
            step="any"
            required
            value={usd}
            onChange={(event) => {
              setUsd(event.target.value);
              onBody({ ...body, usd: Number(event.target.value) });
            }}
          />
        </Field>
        <Field label={common("budgets.per")} error={wrong("per")}>
          <Select
            value={String(body.per ?? "month")}
            onChange={(event) => onBody({ ...body, per: event.target.value })}
          >
            {PERS.map((per) => (
              <option key={per} value={per}>
                {common(`period.${per}`)}
              </option>
            ))}
          </Select>
        </Field>
      </div>
      <Finer budget value={body} onChange={onBody} wrong={wrong} />
    </>
  );
}
