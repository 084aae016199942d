import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import { Empty, ErrorBox } from "@/components/common/states";

/** There is no such page. */
export function Nowhere() {
  const { t } = useTranslation();
  return (
    <main className="mx-auto max-w-xl p-10">
      <Empty
        title={t("nowhere.title")}
        action={
          <Link to="/" className="text-accent underline">
            {t("nowhere.home")}
          </Link>
        }
      >
        {t("nowhere.text")}
      </Empty>
    </main>
  );
}

/** A page broke, or could not be loaded: after an upgrade its pieces have other names. */
export function Broken({ error }: { error: unknown }) {
  return (
    <main className="mx-auto max-w-xl p-10">
      <ErrorBox
        error={
          error instanceof Problem
            ? error
            : new Problem(500, { detail: error instanceof Error ? error.message : "" })
        }
        retry={() => location.reload()}
      />
    </main>
  );
}
