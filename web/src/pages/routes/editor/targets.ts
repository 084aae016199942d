import { isTree, type Tree } from "@/lib/path";

/** What a target of a route names: a deployment, another route, or a description of deployments. */
export type TargetKind = "deployment" | "route" | "select";

/** A target as the editor holds it. `rest` is what it does not show; it stays. */
export type Target = { id: number; kind: TargetKind; text: string; weight: number | undefined; rest: Tree };

let next = 1;

/** Reads a target in any way that the configuration writes one. `routes`: names that mean routes. */
export function readTarget(value: unknown, routes: ReadonlySet<string>): Target {
  const id = next++;
  if (isTree(value)) {
    const { deployment, route, select, weight, ...rest } = value;
    const kind: TargetKind = select !== undefined ? "select" : route !== undefined ? "route" : "deployment";
    return {
      id,
      kind,
      text: String(select ?? route ?? deployment ?? ""),
      weight: typeof weight === "number" ? weight : undefined,
      rest,
    };
  }
  const text = String(value ?? "");
  const described = text === "*" || /[\s:<>]/.test(text.replace(/^[^/\s]+\/\S+$/, ""));
  const kind: TargetKind =
    routes.has(text) || text.startsWith("wye/") ? "route" : described ? "select" : "deployment";
  return { id, kind, text, weight: undefined, rest: {} };
}

/** Writes a target: shortly where it says no more than its name. */
export function writeTarget({ kind, text, weight, rest }: Target): unknown {
  const name = text.trim();
  if (weight === undefined && Object.keys(rest).length === 0 && kind !== "select")
    return kind === "route" ? { route: name } : name;
  return { [kind]: name, ...(weight === undefined ? {} : { weight }), ...rest };
}

export const newTarget = (kind: TargetKind = "deployment"): Target => ({
  id: next++,
  kind,
  text: "",
  weight: undefined,
  rest: {},
});
