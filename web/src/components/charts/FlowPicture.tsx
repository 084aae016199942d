import { useState } from "react";
import { ResponsiveContainer, Sankey, Tooltip } from "recharts";
import { cx } from "@/lib/cx";

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
  const [wide, setWide] = useState(0);
  const node = ({ x = 0, y = 0, width = 0, height: tall = 0, payload }: NodeProps) => {
    const last = payload?.column === 2;
    // Names of the second and of the last column share the same half: each has a part of it, and none runs over another.
    const room = Math.max(0, (payload?.column === 0 ? wide / 2 : wide / 4) - 20);
    return (
      <g>
        <rect x={x} y={y} width={width} height={tall} rx={2} fill="var(--accent)" />
        <foreignObject
          x={last ? x - 6 - room : x + width + 6}
          y={y + tall / 2 - 9}
          width={room}
          height={18}
          className="pointer-events-none"
        >
          <p className={cx("truncate text-xs leading-[18px]", last && "text-right")}>
            <bdi>{payload?.name}</bdi>
          </p>
        </foreignObject>
      </g>
    );
  };
  return (
    <ResponsiveContainer width="100%" height={height} minWidth={0} onResize={setWide}>
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
