import type { ReactNode } from "react";
import { UNKNOWN } from "@/lib/format";
import type { Matter } from "./sentence";
import { useSentence } from "./words";

/** What is the matter, or was at a moment. What has no words in the reader's language stands in the gateway's English. */
export function MatterText({
  of,
  at,
  before,
}: {
  of: Matter & { message: string };
  at: number;
  /** What stands in front of it. */
  before?: ReactNode;
}) {
  const said = useSentence()(of, at);
  return (
    <>
      <p className="break-words" dir="auto">
        {before}
        {said ?? <span lang="en">{of.message || UNKNOWN}</span>}
      </p>
      {said !== null && of.kind === "degraded" && (
        // What exactly is wrong names addresses and files; only the gateway knows them.
        <p lang="en" className="text-sm break-words text-muted">
          {of.message}
        </p>
      )}
    </>
  );
}
