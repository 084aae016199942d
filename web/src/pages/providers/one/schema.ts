import type { Spec } from "@/components/input/Specs";
import { isTree, type Tree } from "@/lib/path";

/** A setting as the configuration's schema tells it. */
export type Setting = {
  /** Its path below the body: `system.prepend`. */
  path: string;
  doc: string;
  /** `map`: texts by name; `free`: any JSON; `maybe`: yes, no, or nothing said. The rest is as `Specs` has it. */
  as: "map" | "free" | "maybe" | { spec: Spec };
};

/** A value may also be a reference to the environment: what it is otherwise stands first. */
const own = (schema: Tree): Tree => {
  const first = Array.isArray(schema.anyOf) ? schema.anyOf[0] : undefined;
  return isTree(first) ? first : schema;
};

const WORDS: Record<string, Spec["kind"]> = {
  whole: "whole",
  number: "number",
  share: "share",
  dollars: "number",
  wait: "wait",
};

function setting(path: string, schema: Tree): Setting | null {
  const kind = String(schema["x-kind"] ?? "");
  const inner = own(schema);
  const doc = String(schema.description ?? "");
  const initial = schema.default === undefined ? undefined : String(schema.default);
  if (kind === "map") return { path, doc, as: "map" };
  if (kind === "free") return { path, doc, as: "free" };
  if (kind === "flag")
    return initial === undefined
      ? { path, doc, as: "maybe" }
      : { path, doc, as: { spec: { path, kind: "flag", initial } } };
  if (kind === "word") {
    const options = Array.isArray(inner.enum) ? inner.enum.map(String) : [];
    return { path, doc, as: { spec: { path, kind: "word", options, initial } } };
  }
  if (kind === "list") return { path, doc, as: { spec: { path, kind: "words" } } };
  if (["either", "named", "table"].includes(kind)) return null;
  const min = typeof inner.minimum === "number" ? inner.minimum : undefined;
  const long = path.startsWith("system.");
  return { path, doc, as: { spec: { path, kind: WORDS[kind] ?? (long ? "long" : "text"), initial, min } } };
}

/** The settings of these names, those of tables one by one. Names that the schema does not have are left out. */
export function settingsOf(schema: unknown, names: readonly string[], below = ""): Setting[] {
  const properties = isTree(schema) && isTree(schema.properties) ? schema.properties : {};
  return names.flatMap((name) => {
    const one = properties[name];
    if (!isTree(one)) return [];
    const path = below + name;
    if (one["x-kind"] === "table" && isTree(one.properties))
      return settingsOf(one, Object.keys(one.properties), `${path}.`);
    return setting(path, one) ?? [];
  });
}

/** The schema of a model of a provider, from the schema of the provider. */
export function modelSchema(provider: unknown): unknown {
  const properties = isTree(provider) && isTree(provider.properties) ? provider.properties : {};
  const ways =
    isTree(properties.models) && Array.isArray(properties.models.anyOf) ? properties.models.anyOf : [];
  const table = ways.find((way) => isTree(way) && isTree(way.additionalProperties));
  return isTree(table) ? table.additionalProperties : undefined;
}
