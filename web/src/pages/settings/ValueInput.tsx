import { useTranslation } from "react-i18next";
import type { Setting } from "@/api/settings";
import { Input, Select, Textarea } from "@/components/ui/Field";
import { isNumber, textOf } from "./draft";

/** The control for a setting's kind. It holds text; what the text means is read when it is saved. */
export function ValueInput({
  setting: { kind, words, default: initial },
  text,
  onText,
  ...wired
}: {
  setting: Setting;
  text: string;
  onText: (text: string) => void;
  id?: string;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean;
}) {
  const { t } = useTranslation("settings");
  const put = (event: { target: { value: string } }) => onText(event.target.value);
  if (kind === "flag" || words.length > 0) {
    const options = kind === "flag" ? ["true", "false"] : words;
    return (
      <Select {...wired} autoFocus className="w-full max-w-xs" value={text} onChange={put}>
        {!options.includes(text) && <option value={text}>{text}</option>}
        {options.map((option) => (
          <option key={option} value={option}>
            {kind === "flag" ? t(option === "true" ? "on" : "off") : option}
          </option>
        ))}
      </Select>
    );
  }
  if (kind === "list")
    return (
      <Textarea {...wired} autoFocus dir="auto" rows={5} spellCheck={false} value={text} onChange={put} />
    );
  return (
    <Input
      {...wired}
      autoFocus
      dir="auto"
      spellCheck={false}
      className="w-full max-w-xl"
      inputMode={isNumber(kind) ? "decimal" : undefined}
      placeholder={textOf(initial) || undefined}
      value={text}
      onChange={put}
    />
  );
}
