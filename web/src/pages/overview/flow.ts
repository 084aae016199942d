import type { FlowLink } from "@/api/insight";
import type { FlowData } from "@/components/charts/FlowPicture";

/** Streams that a picture still shows; the thinnest beyond are left to the table of requests. */
const MOST = 24;

/** What is called how where there is no name: by column, and the sum of links that are not told by themselves. */
export type Nameless = { without: readonly [string, string, string]; rest: string };

/** Links between names as nodes and streams: keys, then routes, then deployments. */
export function pictured(links: readonly FlowLink[], { without, rest }: Nameless): FlowData {
  const largest = [...links].sort((a, b) => b.requests - a.requests).slice(0, MOST);
  const nodes: FlowData["nodes"] = [];
  const places = new Map<string, number>();
  const node = (column: 0 | 1 | 2, name: string, { others }: FlowLink) => {
    const key = `${column} ${name}${others == null ? "" : " and others"}`;
    const known = places.get(key);
    if (known !== undefined) return known;
    places.set(key, nodes.length);
    nodes.push({ name: name || (others == null ? without[column] : rest), column });
    return nodes.length - 1;
  };
  const streams = new Map<string, FlowData["links"][number]>();
  const add = (source: number, target: number, link: FlowLink) => {
    const key = `${source} ${target}`;
    const stream = streams.get(key) ?? { source, target, value: 0, failed: 0 };
    stream.value += link.requests;
    stream.failed += link.failed;
    streams.set(key, stream);
  };
  for (const link of largest) {
    const [key, route, deployment] = [
      node(0, link.key, link),
      node(1, link.route, link),
      node(2, link.deployment, link),
    ];
    add(key, route, link);
    add(route, deployment, link);
  }
  return { nodes, links: [...streams.values()] };
}
