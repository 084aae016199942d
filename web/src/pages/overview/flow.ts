import type { FlowLink } from "@/api/insight";
import type { FlowData } from "@/components/charts/FlowPicture";

/** Streams that a picture still shows; the thinnest beyond are left to the table of requests. */
const MOST = 24;

/** Links between names as nodes and streams: keys, then routes, then deployments. What has no name is called so. */
export function pictured(links: readonly FlowLink[], without: string): FlowData {
  const largest = [...links].sort((a, b) => b.requests - a.requests).slice(0, MOST);
  const nodes: FlowData["nodes"] = [];
  const places = new Map<string, number>();
  const node = (column: 0 | 1 | 2, name: string) => {
    const key = `${column} ${name}`;
    const known = places.get(key);
    if (known !== undefined) return known;
    places.set(key, nodes.length);
    nodes.push({ name: name || without, column });
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
    const [key, route, deployment] = [node(0, link.key), node(1, link.route), node(2, link.deployment)];
    add(key, route, link);
    add(route, deployment, link);
  }
  return { nodes, links: [...streams.values()] };
}
