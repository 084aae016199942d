import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";

/**
 * What a form offers whose key can be tested before it is added. After a test that failed, the loud button and the enter key
 * test again: adding it all the same is a choice of its own.
 */
export function AddButtons({
  form,
  label,
  failed,
  testing,
  adding,
  untestable,
  onClose,
  onTest,
  onAdd,
}: {
  form: string;
  /** What the loud button says while nothing has failed. */
  label: string;
  failed: boolean;
  testing: boolean;
  adding: boolean;
  untestable: boolean;
  onClose: () => void;
  onTest: () => void;
  onAdd: () => void;
}) {
  const { t } = useTranslation("providers");
  const { t: common } = useTranslation();
  return (
    <>
      <Button onClick={onClose}>{common("cancel")}</Button>
      {failed ? (
        <Button
          form={form}
          busy={adding}
          onClick={(event) => event.currentTarget.form?.reportValidity() && onAdd()}
        >
          {t("add.anyway")}
        </Button>
      ) : (
        <Button busy={testing} disabled={untestable} onClick={onTest}>
          {t("add.test")}
        </Button>
      )}
      <Button type="submit" form={form} look="primary" busy={adding || (failed && testing)}>
        {failed ? t("add.again") : label}
      </Button>
    </>
  );
}
