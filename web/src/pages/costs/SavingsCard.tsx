import type { UseQueryResult } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Savings } from "@/api/statistics";
import { Loaded } from "@/components/common/states";
import { Card } from "@/components/ui/Card";
import { money } from "@/lib/format";

/** What the same tokens would have cost by the list prices of paid models. */
export function SavingsCard({ query }: { query: UseQueryResult<Savings> }) {
  const { t } = useTranslation("costs");
  const { t: common } = useTranslation();
  return (
    <Card title={t("savings.title")}>
      <Loaded query={query}>
        {(savings) =>
          savings.against.length === 0 ? (
            <p className="text-muted">{common("noData")}</p>
          ) : (
            <>
              <p className="mb-3 text-muted">{t("savings.about")}</p>
              <table className="num w-full">
                <thead className="text-left text-sm text-muted">
                  <tr>
                    <th scope="col" className="py-1 font-normal">
                      {t("savings.model")}
                    </th>
                    <th scope="col" className="py-1 pl-4 text-right font-normal">
                      {t("savings.would")}
                    </th>
                    <th scope="col" className="py-1 pl-4 text-right font-normal">
                      {t("savings.saved")}
                    </th>
                  </tr>
                </thead>
                <tbody className="divide-y divide-line">
                  {savings.against.map(({ model, cost_nano, saved_nano }) => (
                    <tr key={model}>
                      <td className="py-1.5">
                        <bdi>{model}</bdi>
                      </td>
                      <td className="py-1.5 pl-4 text-right">{money(cost_nano)}</td>
                      <td
                        className={`py-1.5 pl-4 text-right whitespace-nowrap ${(saved_nano ?? 0) >= 0 ? "text-good" : "text-bad"}`}
                      >
                        {money(saved_nano)}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
              <p className="mt-2 text-sm text-muted">
                {t("savings.version", { version: savings.price_version.slice(0, 12) })}
              </p>
            </>
          )
        }
      </Loaded>
    </Card>
  );
}
