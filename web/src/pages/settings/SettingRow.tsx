import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/session";
import type { Setting } from "@/api/settings";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { UNKNOWN } from "@/lib/format";
import { useMeaning } from "@/lib/meaning";
import { textOf } from "./draft";
import { SettingEditor } from "./SettingEditor";

/** A setting: what it is, what holds and who says so; and its form, where the reader may change it. */
export function SettingRow({ setting }: { setting: Setting }) {
  const { t } = useTranslation("settings");
  const { t: common } = useTranslation();
  const { text, title: named } = useMeaning();
  const may = useMay("operator");
  const [open, setOpen] = useState(false);
  const { path, title, doc, source, editable, restart } = setting;
  return (
    <li className="grid gap-x-6 gap-y-2 px-4 py-3 md:grid-cols-[minmax(0,1fr)_minmax(10rem,20rem)_6rem]">
      <div className="min-w-0">
        <h3 className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-medium">{named(path, title)}</span>
          <code className="font-mono text-xs break-all text-muted">{path}</code>
        </h3>
        <p className="max-w-prose text-sm text-muted">{text(doc)}</p>
      </div>
      <div className="min-w-0">
        <p className="font-medium break-words">
          <Shown value={setting.value} />
        </p>
        <p className="mt-1 flex flex-wrap items-center gap-1.5 text-sm text-muted">
          <Badge tone={source === "default" ? "plain" : "accent"}>
            {t(`source.${source}`, { defaultValue: source })}
          </Badge>
          {restart && <Badge tone="warn">{t("restart")}</Badge>}
          {source !== "default" && (
            <span className="min-w-0 break-words">
              {t("default")} <Shown value={setting.default} />
            </span>
          )}
        </p>
        {!editable && <p className="mt-1 text-sm text-muted">{common("owner.fileHint")}</p>}
      </div>
      <div className="md:justify-self-end">
        {may && editable && !open && (
          <Button small aria-label={t("changeOne", { path })} onClick={() => setOpen(true)}>
            {t("change")}
          </Button>
        )}
      </div>
      {open && <SettingEditor setting={setting} onClose={() => setOpen(false)} />}
    </li>
  );
}

/** A value in a line: words for what is on or off, entries one after another. */
export function Shown({ value }: { value: unknown }) {
  const { t } = useTranslation("settings");
  if (value === null || value === undefined) return UNKNOWN;
  if (typeof value === "boolean") return value ? t("on") : t("off");
  if (Array.isArray(value) && value.length === 0) return t("nothing");
  if (Array.isArray(value)) return <bdi>{value.map(textOf).join(", ")}</bdi>;
  return <bdi>{textOf(value)}</bdi>;
}
