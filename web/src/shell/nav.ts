import {
  Activity,
  Bell,
  Boxes,
  CircleDollarSign,
  FlaskConical,
  GitFork,
  History,
  KeyRound,
  LayoutDashboard,
  LifeBuoy,
  type LucideIcon,
  PlugZap,
  ScrollText,
  Settings,
  Users,
} from "lucide-react";
import type { Role } from "@/api/session";

/** A room of the console: its path, and whose it is. */
export type Room = { id: RoomId; path: string; icon: LucideIcon; least?: Role };

export type RoomId =
  | "overview"
  | "requests"
  | "costs"
  | "alerts"
  | "models"
  | "providers"
  | "routes"
  | "keys"
  | "playground"
  | "guide"
  | "users"
  | "audit"
  | "history"
  | "settings";

/**
 * The plan of the console. What people watch, what they set up, what they use, what they govern.
 *
 * Rooms to come have their place: the school and learning after `models` in `setUp` (what deployments were graded, what
 * was learnt), caches and prompts after `routes`, jobs after `audit` in `govern`. They appear with their content.
 */
export const PLAN: { id: "watch" | "setUp" | "use" | "govern"; rooms: Room[] }[] = [
  {
    id: "watch",
    rooms: [
      { id: "overview", path: "/", icon: LayoutDashboard },
      { id: "requests", path: "/requests", icon: Activity },
      { id: "costs", path: "/costs", icon: CircleDollarSign },
      { id: "alerts", path: "/alerts", icon: Bell },
    ],
  },
  {
    id: "setUp",
    rooms: [
      { id: "models", path: "/models", icon: Boxes },
      { id: "providers", path: "/providers", icon: PlugZap },
      { id: "routes", path: "/routes", icon: GitFork },
      { id: "keys", path: "/keys", icon: KeyRound },
    ],
  },
  {
    id: "use",
    rooms: [
      { id: "playground", path: "/playground", icon: FlaskConical, least: "operator" },
      { id: "guide", path: "/guide", icon: LifeBuoy },
    ],
  },
  {
    id: "govern",
    rooms: [
      { id: "users", path: "/users", icon: Users, least: "admin" },
      { id: "audit", path: "/audit", icon: ScrollText, least: "admin" },
      { id: "history", path: "/history", icon: History },
      { id: "settings", path: "/settings", icon: Settings },
    ],
  },
];
