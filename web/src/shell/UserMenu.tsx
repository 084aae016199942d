import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Check, Languages, LogOut, Moon, ShieldCheck, Sun, SunMoon, UserRound } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { meQuery, signOut } from "@/api/session";
import { toast } from "@/components/common/Toasts";
import { Button } from "@/components/ui/Button";
import { Menu, type MenuItem } from "@/components/ui/Menu";
import { changeLanguage } from "@/lib/i18n";
import { LANGUAGES, type Language, language } from "@/lib/language";
import { setTheme, type Theme, theme } from "@/lib/theme";

const THEMES: [Theme, typeof Sun][] = [
  ["system", SunMoon],
  ["light", Sun],
  ["dark", Moon],
];

/** Who is signed in; how the console looks and speaks; the way out. */
export function UserMenu() {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const navigate = useNavigate();
  const [look, setLook] = useState(theme());
  if (!me) return null;
  const tick = (on: boolean) => <Check size={14} className={on ? undefined : "invisible"} />;
  const leave = () =>
    signOut().then(
      () => navigate({ to: "/login" }),
      () => toast(t("broken"), true),
    );
  const items: MenuItem[] = [
    {
      label: t("nav.account"),
      icon: <ShieldCheck size={15} />,
      onSelect: () => void navigate({ to: "/account" }),
    },
    "line",
    ...THEMES.map(
      ([id, Icon]): MenuItem => ({
        label: (
          <span className="flex flex-1 items-center justify-between gap-4">
            {t(`theme.${id}`)}
            {tick(look === id)}
          </span>
        ),
        icon: <Icon size={15} />,
        onSelect: () => {
          setTheme(id);
          setLook(id);
        },
      }),
    ),
    "line",
    ...Object.entries(LANGUAGES).map(
      ([id, name]): MenuItem => ({
        label: (
          <span lang={id} className="flex flex-1 items-center justify-between gap-4">
            {name}
            {tick(language() === id)}
          </span>
        ),
        icon: <Languages size={15} />,
        onSelect: () => void changeLanguage(id as Language),
      }),
    ),
    "line",
    { label: t("signOut"), icon: <LogOut size={15} />, onSelect: () => void leave() },
  ];
  return (
    <Menu
      items={items}
      trigger={
        <Button
          look="quiet"
          icon={<UserRound size={16} />}
          aria-label={t("nav.user", { name: me.user.name })}
        >
          <span className="max-w-32 truncate" dir="auto">
            {me.user.name}
          </span>
        </Button>
      }
    />
  );
}
