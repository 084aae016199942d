import { Switch as Radix } from "radix-ui";
import type { ReactNode } from "react";

/** On or off, at once. */
export function Switch({
  checked,
  onChange,
  label,
  hidden = false,
  disabled,
}: {
  checked: boolean;
  onChange: (on: boolean) => void;
  label: ReactNode;
  /** The label is for readers of the screen alone. */
  hidden?: boolean;
  disabled?: boolean;
}) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is Radix's button inside it
    <label className="inline-flex items-center gap-2">
      <Radix.Root
        checked={checked}
        onCheckedChange={onChange}
        disabled={disabled}
        className="relative h-5 w-9 shrink-0 rounded-full bg-line-strong transition-colors disabled:opacity-50 data-[state=checked]:bg-accent"
      >
        <Radix.Thumb className="block size-4 translate-x-0.5 rounded-full bg-surface transition-transform data-[state=checked]:translate-x-[18px]" />
      </Radix.Root>
      <span className={hidden ? "sr-only" : undefined}>{label}</span>
    </label>
  );
}
