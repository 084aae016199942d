import { useTranslation } from "react-i18next";
import type { Model } from "@/api/models";
import { Facts } from "@/components/common/bits";
import { useTerms } from "@/components/common/terms";
import { money, price } from "@/lib/format";

/** What is counted one by one; all else is counted in millions of tokens. */
const EACH = new Set([
  "request",
  "image",
  "heard_second",
  "spoken_second",
  "character",
  "search",
  "search_unit",
  "page",
]);

const SOURCES = ["catalog", "guess", "override", "local", "free_tier"] as const;

/** All that it costs, and how that is known. */
export function Prices({ model }: { model: Model }) {
  const { t } = useTranslation("models");
  const term = useTerms();
  const source = SOURCES.find((name) => name === model.price_source);
  return (
    <section>
      <h3 className="mb-2 font-semibold">{t("prices")}</h3>
      <Facts
        rows={model.prices.map(({ of, pico }) => [
          term("item", of),
          <span key={of} className="num">
            {EACH.has(of) ? money(pico / 1000) : t("perMillion", { price: price(pico) })}
          </span>,
        ])}
      />
      {source && <p className="mt-2 text-sm text-muted">{t(`source.${source}`)}</p>}
    </section>
  );
}
