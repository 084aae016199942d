import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/session";
import { PLAN, type Room } from "./nav";

/** The rooms of the console. */
export function Nav({ onGo }: { onGo?: () => void }) {
  const { t } = useTranslation();
  return (
    <nav aria-label={t("nav.label")} className="flex flex-col gap-4 p-3">
      {PLAN.map(({ id, rooms }) => (
        <div key={id}>
          <p className="px-2 pb-1 text-xs font-medium text-muted">{t(`nav.${id}`)}</p>
          <ul className="flex flex-col gap-0.5">
            {rooms.map((room) => (
              <Entry key={room.id} room={room} onGo={onGo} />
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

function Entry({ room, onGo }: { room: Room; onGo?: () => void }) {
  const { t } = useTranslation();
  const may = useMay(room.least ?? "viewer");
  if (!may) return null;
  const Icon = room.icon;
  return (
    <li>
      <Link
        to={room.path}
        onClick={onGo}
        activeOptions={{ exact: room.path === "/", includeSearch: false }}
        className="flex items-center gap-2.5 rounded-md px-2 py-1.5 text-muted hover:bg-sunken hover:text-text data-[status=active]:bg-accent-soft data-[status=active]:font-medium data-[status=active]:text-accent"
      >
        <Icon size={17} aria-hidden="true" />
        {t(`nav.${room.id}`)}
      </Link>
    </li>
  );
}
