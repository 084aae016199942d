import { useTranslation } from "react-i18next";
import type { Model } from "@/api/models";
import { Scroll } from "@/components/common/bits";
import { Badge } from "@/components/ui/Badge";
import { duration, percent, rate, whole } from "@/lib/format";
import { useWhy } from "./StateBadge";

/** How it is through each account of its provider: speed, success, and why one is left alone. */
export function Accounts({ model }: { model: Model }) {
  const { t } = useTranslation("models");
  const why = useWhy();
  const { state } = model;
  if (!state) return <p className="text-muted">{t("neverAsked")}</p>;
  return (
    <section>
      <h3 className="mb-2 font-semibold">{t("accounts")}</h3>
      <Scroll label={t("accounts")}>
        <table className="num w-full text-sm">
          <thead className="text-left text-muted">
            <tr>
              <th className="py-1 pr-3 font-normal">{t("account")}</th>
              <th className="py-1 pr-3 font-normal">{t("col.first")}</th>
              <th className="py-1 pr-3 font-normal">{t("col.rate")}</th>
              <th className="py-1 pr-3 font-normal">{t("col.success")}</th>
              <th className="py-1 pr-3 font-normal">{t("underWay")}</th>
              <th className="py-1 font-normal">{t("col.state")}</th>
            </tr>
          </thead>
          <tbody>
            {state.accounts.map((account) => {
              const speed = account.streams.success != null ? account.streams : account.whole_answers;
              return (
                <tr key={account.account} className="border-t border-line align-top">
                  <th scope="row" className="py-1.5 pr-3 text-left font-medium">
                    <bdi>{account.name ?? whole(account.account + 1)}</bdi>
                  </th>
                  <td className="py-1.5 pr-3">{duration(speed.p50_ms ?? speed.first_content_ms)}</td>
                  <td className="py-1.5 pr-3">{rate(speed.tokens_per_second)}</td>
                  <td className="py-1.5 pr-3">{percent(speed.success)}</td>
                  <td className="py-1.5 pr-3">{whole(account.in_flight)}</td>
                  <td className="py-1.5">
                    {account.rests.length === 0 ? (
                      <Badge tone="good">{t("state.ok")}</Badge>
                    ) : (
                      account.rests.map((rest) => (
                        <Badge key={rest.why} tone="warn">
                          {why(rest.why)} · {duration(rest.for_ms)}
                        </Badge>
                      ))
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
