import { useQuery } from "@tanstack/react-query";
import { CodeXml, Trash2 } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { chatModelsQuery, type Guide, guideQuery } from "@/api/guide";
import { meQuery } from "@/api/session";
import { Page } from "@/components/common/Page";
import { RoleGate } from "@/components/common/RoleGate";
import { Empty, Loaded } from "@/components/common/states";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { useUrlState } from "@/hooks/useUrlState";
import { addressOf } from "@/pages/guide/place";
import { BackToSteps } from "@/pages/welcome/BackToSteps";
import { Columns, MOST_COLUMNS } from "./Columns";
import { Composer } from "./Composer";
import { CopyDialog } from "./CopyDialog";
import { Options } from "./Options";
import { TurnView } from "./TurnView";
import { requestOf, sendable } from "./talk";
import { useTalk } from "./useTalk";

/** Tries models: one prompt to up to four of them, through the ordinary doors. */
export function PlaygroundPage() {
  const { t } = useTranslation("playground");
  const { data: me } = useQuery(meQuery);
  const guide = useQuery(guideQuery);
  return (
    <RoleGate least="operator" otherwise={<Refused />}>
      {guide.data && me ? (
        <Room guide={guide.data} who={me.user.name} key={me.user.name} />
      ) : (
        <Page title={t("title")} about={t("about")}>
          <Loaded query={guide}>{() => null}</Loaded>
        </Page>
      )}
    </RoleGate>
  );
}

function Refused() {
  const { t } = useTranslation("playground");
  return (
    <Page title={t("title")}>
      <RoleGate least="operator">{null}</RoleGate>
    </Page>
  );
}

function Room({ guide, who }: { guide: Guide; who: string }) {
  const { t } = useTranslation("playground");
  const [url, putUrl] = useUrlState({ model: "", prompt: "" });
  const talk = useTalk(who);
  const { state, put } = talk;
  const { data: known } = useQuery(chatModelsQuery);
  const [copying, setCopying] = useState(false);
  const named = url.model ? url.model.split(",") : state.models;
  const models = (named.length > 0 ? named : [guide.default_model ?? ""]).slice(0, MOST_COLUMNS);
  const running = state.turns.some((turn) =>
    turn.answers.some((answer) => answer?.steps.at(-1)?.state === "running"),
  );
  const setModels = (next: string[]) => {
    put({ models: next });
    putUrl({ model: next.join(",") });
  };
  useEffect(() => {
    if (!url.prompt) return;
    put({ text: url.prompt });
    putUrl({ prompt: "" });
  }, [url.prompt, put, putUrl]);

  // What would be sent now; where nothing is typed, what was sent last.
  const typed = state.text.trim() !== "" || state.pictures.length > 0;
  const last = typed ? { id: 0, text: state.text, pictures: state.pictures } : state.turns.at(-1);
  const said = typed ? state.turns : state.turns.slice(0, -1);
  const shown = (column: number) =>
    requestOf(models[column] ?? "", state.draft, last ? [...said, { ...last, answers: [] }] : said, column);
  return (
    <Page
      title={t("title")}
      about={t("about")}
      actions={
        <>
          <Button
            icon={<CodeXml size={16} />}
            disabled={!sendable(state.draft)}
            onClick={() => setCopying(true)}
          >
            {t("asCode")}
          </Button>
          <Button icon={<Trash2 size={16} />} disabled={state.turns.length === 0} onClick={talk.clear}>
            {t("clear")}
          </Button>
        </>
      }
    >
      <BackToSteps />
      <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_19rem]">
        <div className="flex min-w-0 flex-col gap-5">
          <Columns
            models={models}
            onModels={setModels}
            onDrop={(column) => {
              const rest = models.filter((_, at) => at !== column);
              talk.drop(column, rest);
              putUrl({ model: rest.join(",") });
            }}
          />
          {state.turns.length === 0 ? (
            <Card>
              <Empty title={known?.length === 0 ? t("noModels") : t("empty")}>
                {known?.length === 0 ? t("noModelsText") : t("emptyText")}
              </Empty>
            </Card>
          ) : (
            <ol className="flex flex-col gap-6">
              {state.turns.map((turn, at) => (
                <TurnView
                  key={turn.id}
                  turn={turn}
                  columns={models.length}
                  last={at === state.turns.length - 1}
                  running={running}
                  onSay={(text) => talk.say(at, text, turn.pictures, models)}
                  onAgain={(column) => talk.again(turn, column, models[column] ?? "")}
                  onStop={(column) => talk.stop((id, of) => id === turn.id && of === column)}
                  onResults={(column, given) => talk.results(turn, column, given)}
                />
              ))}
            </ol>
          )}
          <Composer
            text={state.text}
            pictures={state.pictures}
            onText={(text) => put({ text })}
            onPictures={(pictures) => put({ pictures })}
            onSend={() => talk.say(state.turns.length, state.text, state.pictures, models)}
            onStop={() => talk.stop()}
            running={running}
            ready={sendable(state.draft) && models.some(Boolean)}
          />
        </div>
        <Options draft={state.draft} put={(part) => put({ draft: { ...state.draft, ...part } })} />
      </div>
      {copying && (
        <CopyDialog
          models={models}
          url={addressOf(guide, window.location)}
          request={shown}
          onClose={() => setCopying(false)}
        />
      )}
    </Page>
  );
}
