/** A place in which two values differ. What is `undefined` is not there. */
export type Difference = { path: string; before: unknown; after: unknown };

const isTree = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const join = (path: string, key: string) => (path ? `${path}.${key}` : key);

/** What differs between two JSON values, leaf by leaf; all leaves of what is new or gone. Lists are compared by place. */
export function differences(before: unknown, after: unknown, path = ""): Difference[] {
  if (Object.is(before, after)) return [];
  if (before === undefined)
    return leaves(after, path).map(({ path, value }) => ({ path, before, after: value }));
  if (after === undefined)
    return leaves(before, path).map(({ path, value }) => ({ path, before: value, after }));
  if (isTree(before) && isTree(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => differences(before[key], after[key], join(path, key)));
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, at) => differences(before[at], after[at], `${path}[${at}]`)).flat();
  }
  return [{ path, before, after }];
}

type Leaf = { path: string; value: unknown };

/** The leaves of a value. A list of plain values is one: it is short in one line. */
function leaves(value: unknown, path: string): Leaf[] {
  const below = isTree(value)
    ? Object.entries(value).map(([key, part]) => ({ path: join(path, key), value: part }))
    : Array.isArray(value) && value.some((part) => typeof part === "object")
      ? value.map((part, at) => ({ path: `${path}[${at}]`, value: part }))
      : [];
  return below.length === 0 ? [{ path, value }] : below.flatMap((part) => leaves(part.value, part.path));
}

/** A value as one line of text. */
export function line(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
