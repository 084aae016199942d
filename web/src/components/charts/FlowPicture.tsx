import { ResponsiveContainer, Sankey, Tooltip } from "recharts";

export type FlowData = {
  nodes: { name: string; column: 0 | 1 | 2 }[];
  links: { source: number; target: number; value: number; failed: number }[];
};

type NodeProps = {
  x?: number;
  y?: number;
  width?: number;
  height?: number;
  payload?: { name?: string; column?: number; value?: number };
};

/** Traffic from keys over routes to deployments, each stream as wide as its requests. */
export function FlowPicture({
  data,
  height,
  words,
}: {
  data: FlowData;
  height: number;
  words: (value: number) => string;
}) {
  const node = ({ x = 0, y = 0, width = 0, height: tall = 0, payload }: NodeProps) => {
    const last = payload?.column === 2;
    return (
      <g>
        <rect x={x} y={y} width={width} height={tall} rx={2} fill="var(--accent)" />
        <text
          x={last ? x - 6 : x + width + 6}
          y={y + tall / 2}
          dy="0.35em"
          textAnchor={last ? "end" : "start"}
          fontSize={12}
          fill="var(--text)"
        >
          {payload?.name}
        </text>
      </g>
    );
  };
  return (
    <ResponsiveContainer width="100%" height={height} minWidth={0}>
      <Sankey
        data={data}
        // The page says it in words for who cannot see it; the picture takes no focus.
        accessibilityLayer={false}
        nodeWidth={8}
        nodePadding={14}
        margin={{ top: 8, right: 4, bottom: 8, left: 4 }}
        link={{ stroke: "var(--chart-1)", strokeOpacity: 0.25 }}
        node={node}
        iterations={48}
      >
        <Tooltip
          isAnimationActive={false}
          content={({ active, payload }) => {
            const item = payload?.[0];
            return active && item ? (
              <p className="num rounded-md border border-line bg-surface px-3 py-2 text-sm shadow-float">
                {item.name} · {words(Number(item.value))}
              </p>
            ) : null;
          }}
        />
      </Sankey>
    </ResponsiveContainer>
  );
}
