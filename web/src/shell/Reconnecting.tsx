import { useQuery } from "@tanstack/react-query";
import { WifiOff } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import { queries } from "@/api/queries";
import { statusQuery } from "@/api/status";

const isAway = (error: unknown) => error instanceof Problem && error.unreachable;

/** A line that says that the gateway cannot be reached, for as long as it cannot; then everything is asked for again. */
export function Reconnecting() {
  const { t } = useTranslation();
  const { failureReason } = useQuery({
    ...statusQuery,
    refetchInterval: 15_000,
    // Asked again each second: so the way back is noticed.
    retry: (_, error) => isAway(error),
    retryDelay: 1000,
  });
  const away = isAway(failureReason);
  const was = useRef(false);
  useEffect(() => {
    if (was.current && !away) void queries.invalidateQueries();
    was.current = away;
  }, [away]);
  if (!away) return null;
  return (
    <p role="status" className="flex items-center gap-2 bg-warn-soft px-4 py-2 text-warn">
      <WifiOff size={16} aria-hidden="true" /> {t("reconnecting")}
    </p>
  );
}
