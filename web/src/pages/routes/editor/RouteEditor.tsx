import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { itemsQuery, type Read, useDeleteItem, useSaveItem } from "@/api/config";
import { deploymentNamesQuery } from "@/api/deployments";
import { Problem } from "@/api/problem";
import { ErrorBox } from "@/components/common/states";
import { toast } from "@/components/common/Toasts";
import { Conflict } from "@/components/config/Conflict";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { Confirm } from "@/components/ui/Confirm";
import { isTree, type Tree } from "@/lib/path";
import { CommonSections } from "./CommonSections";
import { StrategySection } from "./StrategySection";
import type { Strategy } from "./specs";
import { readTarget, writeTarget } from "./targets";

/** Edits a route on top of the version that its reader saw. */
export function RouteEditor({
  name,
  read,
  onSaved,
}: {
  name: string;
  read: Read;
  onSaved: (version: number) => void;
}) {
  const { t: common } = useTranslation();
  const navigate = useNavigate();
  const { data: routes } = useQuery(itemsQuery("route"));
  const { data: deployments } = useQuery(deploymentNamesQuery);
  const save = useSaveItem();
  const remove = useDeleteItem();
  const names = useMemo(() => new Set(routes?.map((route) => route.name)), [routes]);
  const [start, setStart] = useState(read);
  const [body, setBody] = useState<Tree>(() =>
    isTree(read.item?.body) ? read.item.body : { strategy: "ordered" },
  );
  const [targets, setTargets] = useState(() =>
    (Array.isArray(body.targets) ? body.targets : []).map((one) => readTarget(one, names)),
  );
  const [clash, setClash] = useState(false);
  const [asked, setAsked] = useState(false);
  // How often all of the form was put aside for what somebody else wrote: its fields are then made anew.
  const [round, setRound] = useState(0);
  const whole: Tree = { ...body, targets: targets.map(writeTarget) };
  const error = save.error ?? remove.error;
  const wrong = (path: string) => {
    if (!(error instanceof Problem)) return undefined;
    return [...error.fields].find(([at]) => at === path || at === `routes.${name}.${path}`)?.[1];
  };
  const write = (base: number) =>
    save.mutate(
      { kind: "route", name, body: whole, base },
      {
        onSuccess: (state) => {
          onSaved(state.version);
          setStart({ item: start.item ? { ...start.item, body: whole } : null, version: state.version });
          toast(common("saved"));
        },
        onError: (cause) => cause instanceof Problem && cause.stale && setClash(true),
      },
    );
  const send = (event: FormEvent) => {
    event.preventDefault();
    write(start.version);
  };
  return (
    <form onSubmit={send} className="flex min-w-0 flex-col gap-4">
      <StrategySection
        key={`strategy ${round}`}
        body={body}
        onBody={setBody}
        targets={targets}
        onTargets={setTargets}
        strategy={(body.strategy as Strategy | undefined) ?? "ordered"}
        names={{
          deployments: deployments ?? [],
          routes: [...names, "wye/auto", "wye/fast", "wye/cheap", "wye/strong"].filter((one) => one !== name),
        }}
        wrong={wrong}
      />
      <CommonSections key={`common ${round}`} body={body} onBody={setBody} wrong={wrong} />
      {error && !clash && <ErrorBox error={error} />}
      {/* Always in sight: the form is long, and nothing of it is kept before. */}
      <Card className="sticky bottom-2 z-10 shadow-float">
        <div className="flex flex-wrap items-center justify-end gap-2 pt-2">
          {start.item && (
            <Button look="danger" className="mr-auto" onClick={() => setAsked(true)}>
              {common("delete")}
            </Button>
          )}
          <Button type="submit" look="primary" busy={save.isPending}>
            {common("save")}
          </Button>
        </div>
      </Card>
      {clash && (
        <Conflict
          kind="route"
          name={name}
          before={start.item?.body}
          mine={whole}
          onClose={() => setClash(false)}
          onMine={(now) => {
            setClash(false);
            setStart(now);
            write(now.version);
          }}
          onTheirs={(now) => {
            const theirs = isTree(now.item?.body) ? now.item.body : { strategy: "ordered" };
            setClash(false);
            setStart(now);
            setBody(theirs);
            setRound(round + 1);
            setTargets(
              (Array.isArray(theirs.targets) ? theirs.targets : []).map((one) => readTarget(one, names)),
            );
          }}
        />
      )}
      <Confirm
        open={asked}
        title={common("deleteItem", { name })}
        doing={common("delete")}
        busy={remove.isPending}
        onClose={() => setAsked(false)}
        onConfirm={() =>
          remove.mutate(
            { kind: "route", name, base: start.version },
            { onSuccess: () => void navigate({ to: "/routes" }), onError: () => setAsked(false) },
          )
        }
      >
        {common("deleteItemText")}
      </Confirm>
    </form>
  );
}
