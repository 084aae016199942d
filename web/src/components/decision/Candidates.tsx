import { useTranslation } from "react-i18next";
import type { Decision } from "@/api/requests";
import { Scroll } from "@/components/common/bits";
import { about, useTerms } from "@/components/common/terms";
import { duration, UNKNOWN } from "@/lib/format";

const figure = (value: number | null | undefined) =>
  value === null || value === undefined
    ? UNKNOWN
    : Math.abs(value) >= 100
      ? value.toFixed(0)
      : value.toPrecision(3);

/** Who was weighed: in the order in which they are tried, with what their scores are made of; then who was refused, and why. */
export function Candidates({ decision }: { decision: Decision }) {
  const { t } = useTranslation("decision");
  const term = useTerms();
  const tried = decision.candidates.filter((candidate) => !candidate.refused);
  const refused = decision.candidates.filter((candidate) => candidate.refused);
  return (
    <>
      <section>
        <h3 className="mb-2 font-medium">{t("candidates")}</h3>
        <Scroll label={t("candidates")} className="rounded-md border border-line">
          <table className="num w-full text-sm">
            <thead className="bg-sunken text-left text-muted">
              <tr>
                <th className="px-3 py-1.5 font-normal">{t("place")}</th>
                <th className="px-3 py-1.5 font-normal">{t("deployment")}</th>
                <th className="px-3 py-1.5 text-right font-normal">{t("score")}</th>
                {decision.terms.map((name) => (
                  <th key={name} className="px-3 py-1.5 text-right font-normal">
                    {term("score", name)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody className="divide-y divide-line">
              {tried.map((candidate) => (
                <tr key={candidate.deployment}>
                  <td className="px-3 py-1.5">{candidate.place != null ? candidate.place + 1 : UNKNOWN}</td>
                  <td className="px-3 py-1.5">
                    <bdi>{candidate.deployment}</bdi>
                  </td>
                  <td className="px-3 py-1.5 text-right">{figure(candidate.score)}</td>
                  {decision.terms.map((name, index) => (
                    <td key={name} className="px-3 py-1.5 text-right">
                      {figure(candidate.terms[index])}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
        {decision.omitted > 0 && (
          <p className="mt-1 text-sm text-muted">{t("omitted", { count: decision.omitted })}</p>
        )}
      </section>
      {refused.length > 0 && (
        <section>
          <h3 className="mb-2 font-medium">{t("refused")}</h3>
          <ul className="flex flex-col gap-1.5">
            {refused.map(({ deployment, refused: why }) => (
              <li
                key={`${deployment} ${why?.code}`}
                className="flex flex-wrap items-center gap-x-2 gap-y-0.5"
              >
                <bdi>{deployment}</bdi>
                <span className="text-muted" title={why?.code}>
                  {why && [term("refusal", why.code), about(why.reason)].filter(Boolean).join(": ")}
                  {why?.wait_ms != null && ` · ${t("freeIn", { time: duration(why.wait_ms) })}`}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
