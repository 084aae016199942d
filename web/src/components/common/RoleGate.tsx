import type { ReactNode } from "react";
import { type Role, useMay } from "@/api/session";
import { NoPermission } from "./states";

/** Shows its content to who has this role, and others that they have it not. The server enforces it whatever is shown. */
export function RoleGate({
  least,
  children,
  otherwise,
}: {
  least: Role;
  children: ReactNode;
  otherwise?: ReactNode;
}) {
  return useMay(least) ? children : otherwise === undefined ? <NoPermission /> : otherwise;
}
