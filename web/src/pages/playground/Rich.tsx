import { useTranslation } from "react-i18next";
import { Code } from "@/components/common/bits";

/**
 * An answer's text. Code between fences stands as code; everything else is text as it came, and never HTML: what a model
 * says must not be able to do anything on this page.
 */
export function Rich({ text }: { text: string }) {
  const { t } = useTranslation("playground");
  // Every other part stood between fences; a fence that is not closed yet holds to the end.
  const parts = text.split(/^```/m);
  return (
    <div dir="auto" className="flex min-w-0 flex-col gap-2">
      {parts.map((part, at) => {
        if (at % 2 === 1) {
          const code = part.replace(/^[^\n]*\n?/, "").replace(/\n$/, "");
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: an answer grows at its end
            <Code key={at} label={t("code")}>
              {code}
            </Code>
          );
        }
        const plain = part.replace(/^\n/, "").trimEnd();
        return plain ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: an answer grows at its end
          <p key={at} className="break-words whitespace-pre-wrap">
            {plain.split(/(`[^`\n]+`)/).map((piece, row) =>
              row % 2 === 1 ? (
                // biome-ignore lint/suspicious/noArrayIndexKey: an answer grows at its end
                <code key={row} className="rounded bg-sunken px-1 font-mono text-xs">
                  {piece.slice(1, -1)}
                </code>
              ) : (
                piece
              ),
            )}
          </p>
        ) : null;
      })}
    </div>
  );
}
