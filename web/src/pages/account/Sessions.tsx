import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { mySessionsQuery, useEndSession } from "@/api/account";
import { signOut } from "@/api/session";
import { When } from "@/components/common/bits";
import { ErrorBox, Loaded } from "@/components/common/states";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";

/** Where one is signed in. */
export function SessionsCard() {
  const { t } = useTranslation("account");
  const sessions = useQuery(mySessionsQuery);
  const end = useEndSession();
  const navigate = useNavigate();
  const everywhere = () => void signOut(true).then(() => navigate({ to: "/login" }));
  return (
    <Card
      className="max-w-4xl"
      title={t("sessions.title")}
      actions={
        <Button small look="danger" onClick={everywhere}>
          {t("sessions.everywhere")}
        </Button>
      }
    >
      {end.isError && <ErrorBox error={end.error} />}
      <Loaded query={sessions}>
        {(list) => (
          <ul className="divide-y divide-line">
            {list.map((session) => (
              <li
                key={session.id}
                className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 py-2.5"
              >
                <div className="min-w-0">
                  <p className="flex items-center gap-2">
                    <span className="num">{session.address}</span>
                    {session.current && <Badge tone="accent">{t("sessions.current")}</Badge>}
                  </p>
                  <p className="max-w-xl truncate text-sm text-muted" title={session.agent}>
                    {session.agent}
                  </p>
                  <p className="text-sm text-muted">
                    {t("sessions.seen")} <When ms={session.seen_ms} />
                  </p>
                </div>
                {!session.current && (
                  <Button
                    small
                    busy={end.isPending && end.variables === session.id}
                    onClick={() => end.mutate(session.id)}
                  >
                    {t("sessions.end")}
                  </Button>
                )}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Card>
  );
}
