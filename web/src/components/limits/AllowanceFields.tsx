import { Plus, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "@/components/ui/Button";
import { Field, Input, Select } from "@/components/ui/Field";
import { type Allowance, LIMITS, newBudget, PERS, type Per } from "./allowance";
import { Finer } from "./Finer";

/** Limits and budgets of whatever has them. Empty is unlimited, 0 lets nothing through: it says so. */
export function AllowanceFields({
  value,
  onChange,
  wrong,
  budgets = true,
}: {
  value: Allowance;
  onChange: (value: Allowance) => void;
  wrong: (field: string) => string | undefined;
  budgets?: boolean;
}) {
  const { t } = useTranslation();
  const setBudget = (at: number, change: Partial<Allowance["budgets"][number]>) =>
    onChange({
      ...value,
      budgets: value.budgets.map((one, index) => (index === at ? { ...one, ...change } : one)),
    });
  return (
    <>
      <fieldset className="min-w-0">
        <legend className="font-medium">{t("limits.title")}</legend>
        <p className="mb-2 text-sm text-muted">{t("limits.hint")}</p>
        <div className="grid grid-cols-2 gap-3 sm:grid-cols-3">
          {LIMITS.map((name) => (
            <Field key={name} label={t(`limits.${name}`)} error={wrong(`limits.${name}`)}>
              <Input
                type="number"
                min={0}
                inputMode="numeric"
                placeholder={t("unlimited")}
                value={value.limits[name]}
                onChange={(event) =>
                  onChange({ ...value, limits: { ...value.limits, [name]: event.target.value } })
                }
              />
            </Field>
          ))}
        </div>
        <Finer
          value={value.rest}
          onChange={(rest) => onChange({ ...value, rest })}
          wrong={(field) => wrong(`limits.${field}`)}
        />
      </fieldset>
      {budgets && (
        <fieldset className="min-w-0">
          <legend className="font-medium">{t("budgets.title")}</legend>
          <p className="mb-2 text-sm text-muted">{t("budgets.hint")}</p>
          <div className="flex flex-col gap-2">
            {value.budgets.map((budget, at) => (
              <div key={budget.id}>
                <div className="flex items-end gap-2">
                  <Field label={t("budgets.usd")} error={wrong(`budgets[${at}].usd`)} className="flex-1">
                    <Input
                      type="number"
                      min={0}
                      step="any"
                      required
                      value={budget.usd}
                      onChange={(event) => setBudget(at, { usd: event.target.value })}
                    />
                  </Field>
                  <Field label={t("budgets.per")} className="flex-1">
                    <Select
                      value={budget.per}
                      onChange={(event) => setBudget(at, { per: event.target.value as Per })}
                    >
                      {PERS.map((per) => (
                        <option key={per} value={per}>
                          {t(`period.${per}`)}
                        </option>
                      ))}
                    </Select>
                  </Field>
                  <IconButton
                    label={t("budgets.remove")}
                    onClick={() =>
                      onChange({ ...value, budgets: value.budgets.filter((_, index) => index !== at) })
                    }
                  >
                    <Trash2 size={16} />
                  </IconButton>
                </div>
                <Finer
                  budget
                  value={budget.rest}
                  onChange={(rest) => setBudget(at, { rest })}
                  wrong={(field) => wrong(`budgets[${at}].${field}`)}
                />
              </div>
            ))}
            <Button
              small
              className="self-start"
              icon={<Plus size={14} />}
              onClick={() => onChange({ ...value, budgets: [...value.budgets, newBudget()] })}
            >
              {t("budgets.add")}
            </Button>
          </div>
        </fieldset>
      )}
    </>
  );
}
