import { useQuery } from "@tanstack/react-query";
import { PlugZap, Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type Provider, providersQuery } from "@/api/providers";
import { useMay } from "@/api/session";
import { Page } from "@/components/common/Page";
import { Empty, Loaded } from "@/components/common/states";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { Checkbox, Input } from "@/components/ui/Field";
import { useUrlState } from "@/hooks/useUrlState";
import { BackToSteps } from "@/pages/welcome/BackToSteps";
import { AddProvider } from "./add/AddProvider";
import { Offer } from "./Offer";
import { ProviderCard } from "./ProviderCard";

/** Who answers: those that are configured, and those that could be. What is being added stands in the URL. */
export function ProvidersPage() {
  const { t } = useTranslation("providers");
  const list = useQuery(providersQuery);
  const may = useMay("operator");
  const [{ find, free, add }, put] = useUrlState({ find: "", free: "", add: "" });
  const close = () => put({ add: "" });
  const found = list.data?.find(({ id, configured }) => id === add && !configured);
  const wanted = ({ id, label }: Provider) =>
    `${id} ${label}`.toLowerCase().includes(find.trim().toLowerCase());
  return (
    <Page
      title={t("title")}
      about={t("about")}
      actions={
        may && (
          <Button icon={<Plus size={16} />} onClick={() => put({ add: "custom" })}>
            {t("add.custom")}
          </Button>
        )
      }
    >
      <BackToSteps />
      <search className="flex flex-wrap items-center gap-4">
        <Input
          type="search"
          className="w-64"
          aria-label={t("find")}
          placeholder={t("find")}
          value={find}
          onChange={(event) => put({ find: event.target.value })}
        />
        <Checkbox
          checked={free !== ""}
          onChange={(event) => put({ free: event.target.checked ? "yes" : "" })}
        >
          {t("freeOnly")}
        </Checkbox>
      </search>
      <Loaded query={list} lines={8}>
        {(all) => {
          const shown = all.filter((one) => wanted(one) && (free === "" || one.free != null || one.local));
          const inUse = shown.filter(({ configured }) => configured);
          const others = shown.filter(({ configured }) => !configured);
          return (
            <>
              <section aria-label={t("inUse")}>
                <h2 className="mb-2 font-semibold">{t("inUse")}</h2>
                {inUse.length > 0 ? (
                  <ul className="grid items-start gap-3 md:grid-cols-2 2xl:grid-cols-3">
                    {inUse.map((one) => (
                      <ProviderCard key={one.id} provider={one} />
                    ))}
                  </ul>
                ) : (
                  <Card>
                    <Empty
                      icon={<PlugZap size={28} />}
                      title={all.some(({ configured }) => configured) ? t("empty.found") : t("empty.title")}
                    >
                      {t("empty.text")}
                    </Empty>
                  </Card>
                )}
              </section>
              <section aria-label={t("others")}>
                <h2 className="mb-2 font-semibold">{t("others")}</h2>
                {others.length === 0 && <p className="text-muted">{t("empty.found")}</p>}
                <ul className="grid gap-2 sm:grid-cols-2 xl:grid-cols-3 2xl:grid-cols-4">
                  {others.map((one) => (
                    <Offer key={one.id} provider={one} onAdd={may ? () => put({ add: one.id }) : undefined} />
                  ))}
                </ul>
              </section>
            </>
          );
        }}
      </Loaded>
      {may && add === "custom" && <AddProvider provider={null} onClose={close} />}
      {may && found && <AddProvider key={found.id} provider={found} onClose={close} />}
    </Page>
  );
}
