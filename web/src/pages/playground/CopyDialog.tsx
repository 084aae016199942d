import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Code } from "@/components/common/bits";
import { Dialog } from "@/components/ui/Dialog";
import { Field, Select } from "@/components/ui/Field";
import { Segmented } from "@/components/ui/Segmented";
import { type As, copyAs } from "./copies";

const NAMES: { value: As; label: string }[] = [
  { value: "curl", label: "curl" },
  { value: "python", label: "Python" },
  { value: "node", label: "Node" },
];

/** The request as a program that sends it, with a key of its own in the place of this page's. */
export function CopyDialog({
  models,
  url,
  request,
  onClose,
}: {
  models: string[];
  url: string;
  request: (column: number) => Record<string, unknown>;
  onClose: () => void;
}) {
  const { t } = useTranslation("playground");
  const [as, setAs] = useState<As>("curl");
  const [column, setColumn] = useState(0);
  return (
    <Dialog open wide onClose={onClose} title={t("asCode")}>
      <div className="flex flex-col gap-4">
        <div className="flex flex-wrap items-end gap-4">
          <Segmented label={t("asCode")} options={NAMES} value={as} onChange={setAs} />
          {models.length > 1 && (
            <Field label={t("model")} className="min-w-48 flex-1">
              <Select value={column} onChange={(event) => setColumn(Number(event.target.value))}>
                {models.map((model, at) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
                  <option key={at} value={at}>
                    {model}
                  </option>
                ))}
              </Select>
            </Field>
          )}
        </div>
        <Code label={t("asCode")}>{copyAs(as, url, "YOUR_KEY", request(column))}</Code>
        <p className="text-muted">{t("asCodeHint")}</p>
      </div>
    </Dialog>
  );
}
