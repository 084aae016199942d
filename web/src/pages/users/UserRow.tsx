import { Ellipsis } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Role } from "@/api/session";
import { type Deed, type User, useChangeUser, useDeed } from "@/api/users";
import { When } from "@/components/common/bits";
import { ErrorBox } from "@/components/common/states";
import { toast } from "@/components/common/Toasts";
import { Badge } from "@/components/ui/Badge";
import { IconButton } from "@/components/ui/Button";
import { Confirm } from "@/components/ui/Confirm";
import { Select } from "@/components/ui/Field";
import { Menu } from "@/components/ui/Menu";
import { NewPassword } from "./NewPassword";

const ROLES: Role[] = ["viewer", "operator", "admin"];

/** A user, and what can be done about them. One's own role and account are not changed here by mistake. */
export function UserRow({ user, own }: { user: User; own: boolean }) {
  const { t } = useTranslation("users");
  const { t: common } = useTranslation();
  const change = useChangeUser();
  const deed = useDeed();
  const [asked, setAsked] = useState<Deed | "password" | null>(null);
  const doIt = (what: Deed) =>
    deed.mutate(
      { id: user.id, deed: what },
      {
        onSuccess: () => {
          setAsked(null);
          toast(t(`done.${what}`));
        },
      },
    );
  const error = change.error ?? deed.error;
  return (
    <li className="flex flex-col gap-2 px-4 py-3">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          <p className="flex flex-wrap items-center gap-2">
            <bdi className="truncate font-medium">{user.name}</bdi>
            {own && <Badge tone="accent">{t("you")}</Badge>}
            {user.disabled && <Badge tone="bad">{t("disabled")}</Badge>}
            <Badge tone={user.totp ? "good" : "plain"}>{user.totp ? t("factor") : t("noFactor")}</Badge>
          </p>
          <p className="text-sm text-muted">{user.login_ms ? <When ms={user.login_ms} /> : t("never")}</p>
        </div>
        <div className="flex items-center gap-1">
          <Select
            aria-label={t("role", { name: user.name })}
            className="w-40"
            value={user.role}
            disabled={own || change.isPending}
            onChange={(event) => change.mutate({ id: user.id, role: event.target.value as Role })}
          >
            {ROLES.map((role) => (
              <option key={role} value={role}>
                {common(`role.${role}`)}
              </option>
            ))}
          </Select>
          <Menu
            trigger={
              <IconButton label={t("more", { name: user.name })}>
                <Ellipsis size={18} />
              </IconButton>
            }
            items={[
              {
                label: user.disabled ? t("enable") : t("disable"),
                disabled: own,
                onSelect: () => change.mutate({ id: user.id, disabled: !user.disabled }),
              },
              { label: t("password"), disabled: own, onSelect: () => setAsked("password") },
              { label: t("totp"), disabled: !user.totp || own, onSelect: () => setAsked("totp") },
              { label: t("sessions"), onSelect: () => setAsked("sessions") },
              "line",
              { label: common("delete"), danger: true, disabled: own, onSelect: () => setAsked("delete") },
            ]}
          />
        </div>
      </div>
      {error && <ErrorBox error={error} />}
      <NewPassword user={user} open={asked === "password"} onClose={() => setAsked(null)} />
      {(["totp", "sessions", "delete"] as const).map((what) => (
        <Confirm
          key={what}
          open={asked === what}
          title={t(`ask.${what}`, { name: user.name })}
          doing={what === "delete" ? common("delete") : t(what)}
          busy={deed.isPending}
          onConfirm={() => doIt(what)}
          onClose={() => setAsked(null)}
        >
          {t(`askText.${what}`)}
        </Confirm>
      ))}
    </li>
  );
}
