/** Reads and changes parts of a JSON tree by path (`retry.rounds`). What is not there is `undefined`. */
export type Tree = Record<string, unknown>;

export const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function get(tree: Tree, path: string): unknown {
  return path.split(".").reduce<unknown>((at, key) => (isTree(at) ? at[key] : undefined), tree);
}

/** A tree that is like `tree` but for one part. `undefined` takes the part out, and tables that became empty with it. */
export function set(tree: Tree, path: string, value: unknown): Tree {
  const [key = "", ...rest] = path.split(".");
  const next = { ...tree };
  let inner: unknown = value;
  if (rest.length > 0) {
    const below = tree[key];
    const made = set(isTree(below) ? below : {}, rest.join("."), value);
    inner = Object.keys(made).length === 0 && value === undefined ? undefined : made;
  }
  if (inner === undefined) delete next[key];
  else next[key] = inner;
  return next;
}
