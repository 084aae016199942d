import { useQuery } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Guide } from "@/api/guide";
import { keysQuery } from "@/api/keys";
import { useMay } from "@/api/session";
import { ModelPicker } from "@/components/input/ModelPicker";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { Field, Input, Select } from "@/components/ui/Field";
import { MakeKey } from "./MakeKey";

type Props = {
  guide: Guide;
  address: string;
  onAddress: (address: string) => void;
  name: string;
  onName: (name: string) => void;
  secret: string;
  onSecret: (secret: string) => void;
  model: string;
  onModel: (name: string) => void;
};

/** What stands in the snippets: where, with which key, which model. */
export function Choices({
  guide,
  address,
  onAddress,
  name,
  onName,
  secret,
  onSecret,
  model,
  onModel,
}: Props) {
  const { t } = useTranslation("guide");
  const may = useMay("operator");
  const { data: keys } = useQuery(keysQuery);
  const [making, setMaking] = useState(false);
  const chosen = keys?.find((key) => key.name === name);
  const other = chosen?.hint && secret.trim() && !secret.trim().endsWith(chosen.hint);
  const hint = chosen?.hint ? t("secretEnds", { name: chosen.name, end: chosen.hint }) : t("secretHint");
  return (
    <Card>
      <div className="grid gap-x-5 gap-y-3 pt-1 sm:grid-cols-2">
        <Field label={t("address")} hint={guide.serves_clients ? t("addressHint") : t("addressOther")}>
          <Input
            type="url"
            autoComplete="off"
            spellCheck={false}
            value={address}
            onChange={(event) => onAddress(event.target.value)}
          />
        </Field>
        <Field label={t("model")} hint={model ? t("modelHint") : t("noModel")}>
          <ModelPicker value={model} onChange={onModel} />
        </Field>
        <Field label={t("key")} hint={guide.needs_key ? undefined : t("open")}>
          <Select value={name} onChange={(event) => onName(event.target.value)}>
            <option value="">{keys && keys.length === 0 ? t("noKeys") : t("anyKey")}</option>
            {(keys ?? []).map((key) => (
              <option key={key.name} value={key.name}>
                {key.name}
              </option>
            ))}
          </Select>
        </Field>
        <div className="flex flex-wrap items-start gap-2">
          <Field
            label={t("secret")}
            hint={hint}
            error={other ? t("secretOther", { name: chosen?.name ?? "" }) : undefined}
            className="min-w-48 flex-1"
          >
            <Input
              autoComplete="off"
              spellCheck={false}
              placeholder="YOUR_KEY"
              value={secret}
              onChange={(event) => onSecret(event.target.value)}
            />
          </Field>
          {may && (
            <Button className="mt-6" icon={<KeyRound size={16} />} onClick={() => setMaking(true)}>
              {t("make")}
            </Button>
          )}
        </div>
      </div>
      {making && (
        <MakeKey
          onClose={() => setMaking(false)}
          onMade={(made) => {
            onName(made.name);
            onSecret(made.key);
          }}
        />
      )}
    </Card>
  );
}
