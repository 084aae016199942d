import { Link } from "@tanstack/react-router";
import { Ellipsis } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Key, type KeyShown, type Limit, useChangeKey, useDeleteKey, useRotateKey } from "@/api/keys";
import { When } from "@/components/common/bits";
import { ErrorBox } from "@/components/common/states";
import { toast } from "@/components/common/Toasts";
import { isLimited } from "@/components/limits/allowance";
import { LimitMeters } from "@/components/limits/LimitMeter";
import { Badge } from "@/components/ui/Badge";
import { IconButton } from "@/components/ui/Button";
import { Confirm } from "@/components/ui/Confirm";
import { Menu } from "@/components/ui/Menu";

/** A key: whose it is, what is left of it, and what can be done with it. */
export function KeyRow({
  item,
  limits,
  onEdit,
  onShown,
}: {
  item: Key;
  limits: Limit[] | undefined;
  /** Absent: it cannot be edited here or by this reader. */
  onEdit?: () => void;
  onShown: (key: KeyShown) => void;
}) {
  const { t } = useTranslation("keys");
  const { t: common } = useTranslation();
  const change = useChangeKey();
  const rotate = useRotateKey();
  const remove = useDeleteKey();
  const [asked, setAsked] = useState<"rotate" | "delete" | null>(null);
  const expired = item.expires_ms != null && item.expires_ms < Date.now();
  const done = () => setAsked(null);
  const error = change.error ?? rotate.error ?? remove.error;
  return (
    <li className="grid gap-x-6 gap-y-3 px-4 py-3 md:grid-cols-[minmax(0,1fr)_minmax(14rem,22rem)_auto]">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2">
          <bdi className="truncate font-medium">{item.name}</bdi>
          {item.hint && <code className="font-mono text-xs text-muted">…{item.hint}</code>}
          {item.disabled && <Badge tone="bad">{t("off")}</Badge>}
          {expired && <Badge tone="bad">{t("expired")}</Badge>}
          {item.in_file && (
            <span title={common("owner.fileHint")}>
              <Badge>{common("owner.file")}</Badge>
            </span>
          )}
        </p>
        <p className="text-sm text-muted">
          {item.owner && <bdi>{item.owner}</bdi>}
          {item.owner && item.team && " · "}
          {item.team && (
            <>
              {t("team")} <bdi>{item.team}</bdi>
            </>
          )}
        </p>
        {item.expires_ms != null && !expired && (
          <p className="text-sm text-muted">
            {t("ends")} <When ms={item.expires_ms} />
          </p>
        )}
        <Link
          to="/requests"
          search={{ key: item.name } as never}
          className="text-sm text-accent hover:underline"
        >
          {t("itsRequests")}
        </Link>
      </div>
      <LimitMeters limits={limits ?? []} limited={isLimited(item.settings)} />
      <div className="justify-self-end">
        {onEdit && (
          <Menu
            trigger={
              <IconButton label={t("more", { name: item.name })}>
                <Ellipsis size={18} />
              </IconButton>
            }
            items={[
              { label: common("edit"), onSelect: onEdit },
              {
                label: item.disabled ? t("switchOn") : t("switchOff"),
                onSelect: () =>
                  change.mutate({ name: item.name, settings: { disabled: item.disabled ? null : true } }),
              },
              { label: t("rotate"), onSelect: () => setAsked("rotate") },
              "line",
              { label: common("delete"), danger: true, onSelect: () => setAsked("delete") },
            ]}
          />
        )}
      </div>
      {error && (
        <div className="md:col-span-3">
          <ErrorBox error={error} />
        </div>
      )}
      <Confirm
        open={asked === "rotate"}
        title={t("ask.rotate", { name: item.name })}
        doing={t("rotate")}
        busy={rotate.isPending}
        onClose={done}
        onConfirm={() =>
          rotate.mutate(item.name, {
            onSuccess: (key) => {
              done();
              onShown(key);
            },
          })
        }
      >
        {t("askText.rotate")}
      </Confirm>
      <Confirm
        open={asked === "delete"}
        title={t("ask.delete", { name: item.name })}
        doing={common("delete")}
        busy={remove.isPending}
        onClose={done}
        onConfirm={() =>
          remove.mutate(item.name, {
            onSuccess: () => {
              done();
              toast(t("deleted", { name: item.name }));
            },
          })
        }
      >
        {t("askText.delete")}
      </Confirm>
    </li>
  );
}
