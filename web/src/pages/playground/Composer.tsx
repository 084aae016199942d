import { ImagePlus, Send, Square, X } from "lucide-react";
import { type FormEvent, type KeyboardEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "@/components/ui/Button";
import { Textarea } from "@/components/ui/Field";
import { bytes } from "@/lib/format";
import { LARGEST, MOST_PICTURES, picturesOf, TYPES } from "./pictures";
import type { Picture } from "./talk";

/** Where the person writes: text, and pictures that are chosen, pasted or dropped. */
export function Composer({
  text,
  pictures,
  onText,
  onPictures,
  onSend,
  onStop,
  running,
  ready,
}: {
  text: string;
  pictures: Picture[];
  onText: (text: string) => void;
  onPictures: (pictures: Picture[]) => void;
  onSend: () => void;
  onStop: () => void;
  running: boolean;
  /** Whether what is chosen beside it can be sent. */
  ready: boolean;
}) {
  const { t } = useTranslation("playground");
  const file = useRef<HTMLInputElement>(null);
  const [refused, setRefused] = useState<string[]>([]);
  const may = ready && !running && (text.trim() !== "" || pictures.length > 0);
  const add = async (files: Iterable<File>) => {
    const found = await picturesOf(files);
    setRefused(found.refused);
    onPictures([...pictures, ...found.pictures].slice(0, MOST_PICTURES));
  };
  const send = (event: FormEvent | KeyboardEvent) => {
    event.preventDefault();
    if (may) onSend();
  };
  return (
    <form
      onSubmit={send}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        void add(event.dataTransfer.files);
      }}
      className="flex flex-col gap-2"
    >
      <label htmlFor="prompt" className="text-sm font-medium">
        {t("prompt")}
      </label>
      <Textarea
        id="prompt"
        dir="auto"
        rows={3}
        aria-describedby="prompt-hint"
        value={text}
        onChange={(event) => onText(event.target.value)}
        onPaste={(event) => {
          if (event.clipboardData.files.length === 0) return;
          event.preventDefault();
          void add(event.clipboardData.files);
        }}
        onKeyDown={(event) => {
          // While a word is being composed, Enter chooses it.
          if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) send(event);
        }}
      />
      <Pictures list={pictures} onRemove={(at) => onPictures(pictures.filter((_, row) => row !== at))} />
      {refused.length > 0 && (
        <p role="alert" className="text-sm text-bad">
          {t("refused", { names: refused.join(", "), size: bytes(LARGEST) })}
        </p>
      )}
      <div className="flex flex-wrap items-center gap-2">
        {running ? (
          <Button icon={<Square size={15} />} onClick={onStop}>
            {t("stopAll")}
          </Button>
        ) : (
          <Button type="submit" look="primary" icon={<Send size={15} />} disabled={!may}>
            {t("send")}
          </Button>
        )}
        <Button icon={<ImagePlus size={16} />} onClick={() => file.current?.click()}>
          {t("addPicture")}
        </Button>
        <input
          ref={file}
          type="file"
          multiple
          accept={TYPES.join(",")}
          aria-label={t("addPicture")}
          className="sr-only"
          tabIndex={-1}
          onChange={(event) => {
            void add(event.target.files ?? []);
            event.target.value = "";
          }}
        />
        <p id="prompt-hint" className="text-sm text-muted">
          {t("promptHint", { size: bytes(LARGEST) })}
        </p>
      </div>
    </form>
  );
}

/** Pictures that go with a text. */
export function Pictures({ list, onRemove }: { list: Picture[]; onRemove?: (at: number) => void }) {
  const { t } = useTranslation("playground");
  if (list.length === 0) return null;
  return (
    <ul className="flex flex-wrap gap-2">
      {list.map(({ name, url, bytes: size }, at) => (
        <li
          // biome-ignore lint/suspicious/noArrayIndexKey: two pictures may have one name
          key={at}
          className="flex items-center gap-2 rounded-md border border-line bg-surface p-1.5 text-sm"
        >
          <img src={url} alt={name} className="size-12 rounded object-cover" />
          <span className="max-w-40 min-w-0">
            <bdi className="block truncate">{name}</bdi>
            <span className="num text-muted">{bytes(size)}</span>
          </span>
          {onRemove && (
            <IconButton label={t("removePicture", { name })} onClick={() => onRemove(at)}>
              <X size={16} />
            </IconButton>
          )}
        </li>
      ))}
    </ul>
  );
}
