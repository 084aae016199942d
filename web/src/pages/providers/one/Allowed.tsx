import { useState } from "react";
import type { Wrong } from "@/components/config/ItemDialog";
import { AllowanceFields } from "@/components/limits/AllowanceFields";
import { allowance, settled } from "@/components/limits/allowance";
import { set, type Tree } from "@/lib/path";

type Props = {
  /** Where in the body they stand. */
  name: "limits" | "account_limits";
  body: Tree;
  onBody: (body: Tree) => void;
  wrong: Wrong;
};

/** Limits of a provider, of each of its accounts, or of a model. What was typed stays; the body is what it means. */
export function Allowed({ name, body, onBody, wrong }: Props) {
  const [draft, setDraft] = useState(() => allowance({ limits: body[name] }));
  return (
    <AllowanceFields
      value={draft}
      budgets={false}
      wrong={(field) => wrong(field.replace("limits", name))}
      onChange={(next) => {
        setDraft(next);
        onBody(set(body, name, settled(next).limits ?? undefined));
      }}
    />
  );
}
