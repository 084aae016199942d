import { useTranslation } from "react-i18next";
import { PERIODS, type PeriodName } from "@/api/statistics";
import { Segmented } from "@/components/ui/Segmented";

/** Which piece of time is looked at. */
export function PeriodPicker({
  value,
  onChange,
  names,
}: {
  value: string;
  onChange: (name: PeriodName) => void;
  names: PeriodName[];
}) {
  const { t } = useTranslation();
  const current = value in PERIODS ? (value as PeriodName) : names[0];
  return (
    <Segmented
      label={t("period.label")}
      value={current as PeriodName}
      onChange={onChange}
      options={names.map((name) => ({ value: name, label: t(`last.${name}`) }))}
    />
  );
}
