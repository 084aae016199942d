import { useQuery } from "@tanstack/react-query";
import { Navigate, useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { meQuery, setupQuery } from "@/api/session";
import { Gate } from "./Gate";
import { SignInForm } from "./SignInForm";

/** The way in. Whoever was on the way somewhere is taken there. */
export function LoginPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { to } = useSearch({ strict: false }) as { to?: string };
  const { data: setup } = useQuery(setupQuery);
  const { data: me } = useQuery(meQuery);
  const target = to?.startsWith("/") && !to.startsWith("//") ? to : "/";
  if (setup?.open) return <Navigate to="/setup" replace />;
  if (me) return <Navigate to={target} replace />;
  return (
    <Gate title={t("session.signIn")}>
      <SignInForm onDone={() => void navigate({ to: target, replace: true })} />
    </Gate>
  );
}
