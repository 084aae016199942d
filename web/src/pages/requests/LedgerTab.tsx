import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ledgerQuery } from "@/api/insight";
import { Empty, Loaded } from "@/components/common/states";
import { useTerms } from "@/components/common/terms";
import { money, price, UNKNOWN, whole } from "@/lib/format";

/** What was used, at which price, and what it came to. */
export function LedgerTab({ id }: { id: string }) {
  const { t } = useTranslation("requests");
  const term = useTerms();
  const ledger = useQuery(ledgerQuery(id));
  return (
    <Loaded query={ledger}>
      {(found) =>
        found.lines.length === 0 ? (
          <Empty title={t("ledger.none")} />
        ) : (
          <>
            <table className="num w-full max-w-2xl">
              <thead className="text-left text-sm text-muted">
                <tr>
                  <th className="py-1 font-normal">{t("ledger.of")}</th>
                  <th className="py-1 text-right font-normal">{t("ledger.count")}</th>
                  <th className="py-1 text-right font-normal">{t("ledger.price")}</th>
                  <th className="py-1 text-right font-normal">{t("col.cost")}</th>
                </tr>
              </thead>
              <tbody className="divide-y divide-line">
                {found.lines.map((line) => (
                  <tr key={line.of}>
                    <td className="py-1.5">{term("item", line.of)}</td>
                    <td className="py-1.5 text-right">{whole(line.count)}</td>
                    <td className="py-1.5 text-right">{price(line.pico_per_unit)}</td>
                    <td className="py-1.5 text-right">{money(line.nano)}</td>
                  </tr>
                ))}
              </tbody>
              <tfoot className="border-t border-line-strong font-medium">
                <tr>
                  <td className="py-1.5" colSpan={3}>
                    {t("ledger.total")}{" "}
                    {found.basis && (
                      <span className="font-normal text-muted">({term("basis", found.basis)})</span>
                    )}
                  </td>
                  <td className="py-1.5 text-right">{money(found.total_nano)}</td>
                </tr>
              </tfoot>
            </table>
            {found.estimated && <p className="mt-2 text-sm text-muted">{t("ledger.estimated")}</p>}
            {found.same_prices === false && (
              <p className="mt-2 text-sm text-warn">
                {t("ledger.other", { version: found.price_version?.slice(0, 12) ?? UNKNOWN })}
              </p>
            )}
          </>
        )
      }
    </Loaded>
  );
}
