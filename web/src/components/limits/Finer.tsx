import { useTranslation } from "react-i18next";
import type { Settings } from "@/api/keys";
import { type Spec, Specs } from "@/components/input/Specs";

const COMMON: readonly Spec[] = [
  { path: "time_zone", kind: "text" },
  { path: "soft", kind: "share" },
  { path: "when_lost", kind: "word", initial: "local", options: ["local", "refuse"] },
];
const BUDGET: readonly Spec[] = [{ path: "allow_unpriced", kind: "flag", initial: "false" }, ...COMMON];

type Name = "time_zone" | "soft" | "when_lost" | "allow_unpriced";

/** What limits and budgets have besides their numbers, folded away until it is wanted. */
export function Finer({
  budget = false,
  value,
  onChange,
  wrong,
}: {
  /** A budget's; otherwise of limits. */
  budget?: boolean;
  value: Settings;
  onChange: (value: Settings) => void;
  wrong: (field: string) => string | undefined;
}) {
  const { t } = useTranslation();
  const words = (path: string) => ({
    label: t(`finer.${path as Name}`),
    hint: t(`finerHint.${path as Name}`),
  });
  return (
    <details className="mt-2 rounded-md border border-line px-3 py-1.5">
      <summary className="cursor-pointer text-sm">{budget ? t("finer.budget") : t("finer.limits")}</summary>
      <div className="my-2 grid gap-3">
        <Specs specs={budget ? BUDGET : COMMON} body={value} onBody={onChange} wrong={wrong} words={words} />
      </div>
    </details>
  );
}
