import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Provider } from "@/api/providers";
import { AddProvider } from "@/pages/providers/add/AddProvider";
import { Offer } from "@/pages/providers/Offer";
import { offers } from "./steps";

/** A few providers to begin with. Their form is that of the providers' page. */
export function Offers({ providers, onDone }: { providers: readonly Provider[]; onDone?: () => void }) {
  const { t } = useTranslation("welcome");
  const [adding, setAdding] = useState<Provider | null>(null);
  return (
    <>
      <p className="mb-3 text-muted">{t("provider.text")}</p>
      <ul className="grid gap-2 sm:grid-cols-2">
        {offers(providers).map((one) => (
          <Offer key={one.id} provider={one} onAdd={() => setAdding(one)} />
        ))}
      </ul>
      <p className="mt-3">
        <Link to="/providers" search={{ from: "welcome" } as never} className="text-accent hover:underline">
          {t("provider.more")}
        </Link>
      </p>
      {adding && (
        <AddProvider key={adding.id} provider={adding} onClose={() => setAdding(null)} onDone={onDone} />
      )}
    </>
  );
}
