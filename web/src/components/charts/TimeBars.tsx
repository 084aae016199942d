import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { language } from "@/lib/language";
import { day, moment } from "@/lib/time";

export type Point = { at: number } & Record<string, number>;
export type Series = { id: string; name: string; color: string };

/** Bars over time, one colour a series, stacked. `at` is Unix seconds. */
export function TimeBars({
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
  const short = (at: number) =>
    step >= 86_400
      ? day(at * 1000, "UTC")
      : new Intl.DateTimeFormat(language(), { hour: "2-digit", minute: "2-digit" }).format(at * 1000);
  return (
    <ResponsiveContainer width="100%" height={height} minWidth={0}>
      {/* It is hidden from who cannot see it, who get its sums in words: nothing in it may take the focus. */}
      <BarChart
        data={points}
        margin={{ top: 4, right: 4, bottom: 0, left: 0 }}
        barCategoryGap={1}
        accessibilityLayer={false}
      >
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis
          dataKey="at"
          tickFormatter={short}
          tickLine={false}
          axisLine={false}
          minTickGap={32}
          tick={TICK}
        />
        <YAxis tickFormatter={format} tickLine={false} axisLine={false} width={64} tick={TICK} />
        <Tooltip
          cursor={{ fill: "var(--sunken)" }}
          isAnimationActive={false}
          content={({ active, payload, label }) =>
            active && payload ? (
              <div className="num rounded-md border border-line bg-surface px-3 py-2 text-sm shadow-float">
                <p className="text-muted">{moment(Number(label) * 1000)}</p>
                {payload.map((item) => (
                  <p key={String(item.dataKey)} className="flex items-center gap-2">
                    <span className="size-2.5 rounded-sm" style={{ background: item.color }} />
                    {item.name} <b className="ml-auto pl-3 font-medium">{format(Number(item.value))}</b>
                  </p>
                ))}
              </div>
            ) : null
          }
        />
        {series.map(({ id, name, color }) => (
          <Bar key={id} dataKey={id} name={name} stackId="all" fill={color} isAnimationActive={false} />
        ))}
      </BarChart>
    </ResponsiveContainer>
  );
}

const TICK = { fill: "var(--muted)", fontSize: 12 };
