import {
  Bar,
  CartesianGrid,
  ComposedChart,
  Line,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { moment } from "@/lib/time";
import { type Point, type Series, stepName } from "./series";

/** Bars over time, one colour a series, stacked; or lines, which break off where nothing is known. */
export function TimePicture({
  points,
  series,
  format,
  step,
  height = 200,
}: {
  points: Point[];
  series: Series[];
  format: (value: number) => string;
  step: number;
  height?: number;
}) {
  const lines = series.some(({ line }) => line);
  return (
    <ResponsiveContainer width="100%" height={height} minWidth={0}>
      {/* It is hidden from who cannot see it, who get it in words and as a table: nothing in it may take the focus. */}
      <ComposedChart
        data={points}
        margin={{ top: 4, right: 4, bottom: 0, left: 0 }}
        barCategoryGap={1}
        accessibilityLayer={false}
      >
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis
          dataKey="at"
          tickFormatter={(at: number) => stepName(at, step)}
          tickLine={false}
          axisLine={false}
          minTickGap={32}
          tick={TICK}
        />
        <YAxis tickFormatter={format} tickLine={false} axisLine={false} width="auto" tick={TICK} />
        <Tooltip
          cursor={lines ? { stroke: "var(--line-strong)" } : { fill: "var(--sunken)" }}
          isAnimationActive={false}
          content={({ active, payload, label }) => {
            // Of many names, those that were not there at all are left out.
            const told = payload?.filter(
              ({ value }) => value != null && (lines || series.length <= 2 || Number(value) !== 0),
            );
            return active && told ? (
              <div className="num rounded-md border border-line bg-surface px-3 py-2 text-sm shadow-float">
                <p className="text-muted">{moment(Number(label) * 1000)}</p>
                {told.map((item) => (
                  <p key={String(item.dataKey)} className="flex items-center gap-2">
                    <span className="size-2.5 rounded-sm" style={{ background: item.color }} />
                    <bdi>{item.name}</bdi>
                    <b className="ml-auto pl-3 font-medium">{format(Number(item.value))}</b>
                  </p>
                ))}
              </div>
            ) : null;
          }}
        />
        {series.map(({ id, name, color, line }) =>
          line ? (
            <Line
              key={id}
              dataKey={id}
              name={name}
              stroke={color}
              strokeWidth={2}
              strokeDasharray={line === "dashed" ? "5 4" : undefined}
              dot={(props) => <Alone {...props} points={points} id={id} color={color} />}
              activeDot={{ r: 3 }}
              isAnimationActive={false}
            />
          ) : (
            <Bar key={id} dataKey={id} name={name} stackId="all" fill={color} isAnimationActive={false} />
          ),
        )}
      </ComposedChart>
    </ResponsiveContainer>
  );
}

/** A value between two steps of which nothing is known: no line reaches it, so it is a dot. */
function Alone({
  cx,
  cy,
  index,
  points,
  id,
  color,
}: {
  cx?: number;
  cy?: number;
  index?: number;
  points: Point[];
  id: string;
  color: string;
}) {
  const known = (at: number) => points[at]?.[id] != null;
  if (cx == null || cy == null || index == null || !known(index)) return <g />;
  if (known(index - 1) || known(index + 1)) return <g />;
  return <circle cx={cx} cy={cy} r={2.5} fill={color} />;
}

const TICK = { fill: "var(--muted)", fontSize: 12 };
