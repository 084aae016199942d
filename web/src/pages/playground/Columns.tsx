import { Plus, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ModelPicker } from "@/components/input/ModelPicker";
import { Button, IconButton } from "@/components/ui/Button";
import { cx } from "@/lib/cx";
import { GRID } from "./TurnView";

/** At most so many models are asked at once. */
export const MOST_COLUMNS = 4;

/** Whom to ask: up to four, side by side. */
export function Columns({
  models,
  onModels,
  onDrop,
}: {
  models: string[];
  onModels: (models: string[]) => void;
  onDrop: (column: number) => void;
}) {
  const { t } = useTranslation("playground");
  return (
    <div className="flex flex-col gap-3">
      <div className={cx("grid gap-3", GRID[models.length])}>
        {models.map((model, column) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
          <div key={column} className="flex min-w-0 items-center gap-1">
            <ModelPicker
              label={t("modelNumber", { number: column + 1 })}
              value={model}
              onChange={(name) => onModels(models.map((each, at) => (at === column ? name : each)))}
            />
            {models.length > 1 && (
              <IconButton label={t("dropModel", { name: model })} onClick={() => onDrop(column)}>
                <X size={16} />
              </IconButton>
            )}
          </div>
        ))}
      </div>
      {models.length < MOST_COLUMNS && (
        <Button
          small
          className="self-start"
          icon={<Plus size={15} />}
          onClick={() => onModels([...models, ""])}
        >
          {t("addModel")}
        </Button>
      )}
    </div>
  );
}
