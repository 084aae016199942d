import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/session";
import { Page } from "@/components/common/Page";
import { RoleGate } from "@/components/common/RoleGate";
import { Loaded } from "@/components/common/states";
import { useUrlState } from "@/hooks/useUrlState";
import { FirstKey } from "./FirstKey";
import { Offers } from "./Offers";
import { Step } from "./Step";
import { type StepId, useSteps } from "./steps";

const ORDER: StepId[] = ["provider", "chat", "key"];

/** From a new gateway to a first answer and a first program: what is done already is known, and all can be skipped. */
export function WelcomePage() {
  const { t } = useTranslation("welcome");
  return (
    <Page title={t("title")} about={t("about")}>
      <RoleGate least="operator">
        <Steps />
      </RoleGate>
    </Page>
  );
}

function Steps() {
  const { t } = useTranslation("welcome");
  const [{ step }, put] = useUrlState({ step: "" });
  const admin = useMay("admin");
  const { known, providers, used, model, done } = useSteps();
  // The step that the page opens at stays: what is done on it must not take away what it shows, such as a new key.
  const [first, setFirst] = useState<StepId | "end" | null>(null);
  if (known && first === null) setFirst(ORDER.find((id) => !done[id]) ?? "end");
  const open = step || first;
  const go = (id: string) => put({ step: id }, false);
  const part = (id: StepId, title: string) => {
    const at = ORDER.indexOf(id);
    return {
      number: at + 2,
      title,
      done: done[id],
      open: open === id,
      onSkip: () => go(ORDER[at + 1] ?? "end"),
      onOpen: () => go(id),
    };
  };
  return (
    <div className="flex max-w-4xl flex-col gap-3">
      <Loaded query={providers} lines={6}>
        {(all) => (
          <ol className="flex flex-col gap-3">
            <Step number={1} title={admin ? t("admin") : t("signedIn")} done open={false} />
            <Step {...part("provider", t("provider.title"))}>
              {used.length > 0 && (
                <p className="mb-3">
                  {t("provider.have")}{" "}
                  {used.map(({ id, label }, at) => (
                    <span key={id}>
                      {at > 0 && ", "}
                      <Link
                        to="/providers/$name"
                        params={{ name: id }}
                        className="text-accent hover:underline"
                      >
                        <bdi>{label}</bdi>
                      </Link>
                    </span>
                  ))}
                </p>
              )}
              <Offers providers={all} onDone={() => go("chat")} />
            </Step>
            <Step {...part("chat", t("chat.title"))}>
              <p className="mb-3 text-muted">{model ? t("chat.text") : t("chat.none")}</p>
              {model && (
                <Link
                  to="/playground"
                  search={{ model, prompt: t("chat.prompt"), from: "welcome" } as never}
                  className="inline-flex h-9 items-center rounded-md bg-accent px-3.5 font-medium text-on-accent hover:bg-accent-hover"
                >
                  {t("chat.go", { model })}
                </Link>
              )}
            </Step>
            <Step {...part("key", t("key.title"))}>
              <FirstKey model={model} />
            </Step>
          </ol>
        )}
      </Loaded>
      <p>
        <Link to="/" className="text-accent hover:underline">
          {open === "end" || ORDER.every((id) => done[id]) ? t("toOverview") : t("later")}
        </Link>
      </p>
    </div>
  );
}
