import { useTranslation } from "react-i18next";
import { Specs } from "@/components/input/Specs";
import { Badge } from "@/components/ui/Badge";
import { get, type Tree } from "@/lib/path";
import { COMMON } from "./specs";
import { useWords } from "./words";

/** What every route has, folded away until it is wanted; how much of it is set can be seen all the same. */
export function CommonSections({
  body,
  onBody,
  wrong,
}: {
  body: Tree;
  onBody: (body: Tree) => void;
  wrong: (path: string) => string | undefined;
}) {
  const { t } = useTranslation("routes");
  const words = useWords();
  return (
    <div className="flex flex-col gap-2">
      {COMMON.map(({ id, specs }) => {
        const changed = specs.filter(({ path }) => get(body, path) !== undefined).length;
        const bad = specs.some(({ path }) => wrong(path));
        return (
          <details key={id} open={bad || undefined} className="rounded-lg border border-line bg-surface">
            <summary className="cursor-pointer px-4 py-2.5 font-medium">
              {t(`section.${id}`)}{" "}
              {changed > 0 && (
                <span className="ml-2">
                  <Badge tone="accent">{t("changed", { count: changed })}</Badge>
                </span>
              )}
              <span className="block text-sm font-normal text-muted">{t(`sectionAbout.${id}`)}</span>
            </summary>
            <div className="grid gap-3 px-4 pb-4 sm:grid-cols-2 lg:grid-cols-3">
              <Specs specs={specs} body={body} onBody={onBody} wrong={wrong} words={words} />
            </div>
          </details>
        );
      })}
    </div>
  );
}
