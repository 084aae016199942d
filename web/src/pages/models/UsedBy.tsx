import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Model } from "@/api/models";
import { whole } from "@/lib/format";

/** The routes that lead to it. */
export function UsedBy({ model }: { model: Model }) {
  const { t } = useTranslation("models");
  if (model.what !== "deployment") return null;
  return (
    <section>
      <h3 className="mb-2 font-semibold">{t("usedBy")}</h3>
      {model.used_by.length === 0 ? (
        <p className="text-muted">{t("unused")}</p>
      ) : (
        <ul className="flex flex-wrap gap-x-4 gap-y-1">
          {model.used_by.map((route) => (
            <li key={route}>
              <Link to="/routes/$name" params={{ name: route }} className="text-accent hover:underline">
                <bdi>{route}</bdi>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** The deployments that a route leads to. */
export function Targets({ model }: { model: Model }) {
  const { t } = useTranslation("models");
  const more = model.targets_count - model.targets.length;
  return (
    <section>
      <h3 className="mb-2 font-semibold">{t("targets", { count: model.targets_count })}</h3>
      <ol className="flex list-decimal flex-col gap-1 pl-6">
        {model.targets.map((target, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a target may stand twice, and the list does not move
          <li key={at}>
            <Link
              to="/models"
              search={{ name: target } as never}
              className="break-all text-accent hover:underline"
            >
              <bdi>{target}</bdi>
            </Link>
          </li>
        ))}
      </ol>
      {more > 0 && <p className="text-sm text-muted">{t("moreTargets", { number: whole(more) })}</p>}
    </section>
  );
}
