import {
  cloneElement,
  type InputHTMLAttributes,
  isValidElement,
  type ReactElement,
  type ReactNode,
  type Ref,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from "react";
import { cx } from "@/lib/cx";

const BOX =
  "rounded-md border border-line-strong bg-surface px-2.5 text-text placeholder:text-muted disabled:bg-sunken disabled:text-muted aria-invalid:border-bad";

/** As wide as its place, unless it says otherwise. */
const wide = (className: string | undefined) =>
  className && /(^|\s)(w-|min-w-|flex-1)/.test(className) ? undefined : "w-full";

type Wired = { id?: string; "aria-describedby"?: string; "aria-invalid"?: boolean };

/** A labelled part of a form, with a hint, and what is wrong with it. Its one child is the control. */
export function Field({
  label,
  hint,
  error,
  optional,
  children,
  className,
}: {
  label: ReactNode;
  hint?: ReactNode;
  error?: ReactNode;
  optional?: ReactNode;
  children: ReactElement<Wired>;
  className?: string;
}) {
  const id = useId();
  const described = [hint && `${id}h`, error && `${id}e`].filter(Boolean).join(" ");
  return (
    <div className={cx("flex min-w-0 flex-col gap-1", className)}>
      <label htmlFor={id} className="flex items-baseline gap-2 text-sm font-medium">
        {label}
        {optional && <span className="font-normal text-muted">{optional}</span>}
      </label>
      {isValidElement(children) &&
        cloneElement(children, {
          id,
          "aria-describedby": described || undefined,
          "aria-invalid": error ? true : undefined,
        })}
      {hint && (
        <p id={`${id}h`} className="text-sm text-muted">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}e`} role="alert" className="text-sm text-bad">
          {error}
        </p>
      )}
    </div>
  );
}

/** React focuses it without writing the attribute, but that is what a dialog looks for when it opens. */
const focused = (element: HTMLInputElement | null) => element?.setAttribute("autofocus", "");

export function Input({
  className,
  ref,
  ...rest
}: InputHTMLAttributes<HTMLInputElement> & { ref?: Ref<HTMLInputElement> }) {
  return (
    <input
      ref={ref ?? (rest.autoFocus ? focused : undefined)}
      className={cx(BOX, wide(className), "h-9", className)}
      {...rest}
    />
  );
}

export function Textarea({
  className,
  ...rest
}: TextareaHTMLAttributes<HTMLTextAreaElement> & { ref?: Ref<HTMLTextAreaElement> }) {
  return <textarea className={cx(BOX, wide(className), "min-h-20 py-2", className)} {...rest} />;
}

/** The browser's own list of choices: it works with every keyboard, reader and phone. */
export function Select({ className, children, ...rest }: SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <select className={cx(BOX, wide(className), "h-9 pr-8", className)} {...rest}>
      {children}
    </select>
  );
}

/** A box to tick, with its words beside it. */
export function Checkbox({
  children,
  className,
  ...rest
}: InputHTMLAttributes<HTMLInputElement> & { children: ReactNode }) {
  return (
    <label className={cx("inline-flex items-start gap-2", className)}>
      <input type="checkbox" className="mt-1 size-4 shrink-0 accent-[var(--accent)]" {...rest} />
      <span>{children}</span>
    </label>
  );
}
