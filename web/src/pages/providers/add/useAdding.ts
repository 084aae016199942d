import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Need, type Provider, useAddProvider, useTryNew } from "@/api/providers";
import { bodyOf, type Draft, draftOf, keyOf, mustName, trialOf } from "./draft";

/** Trying a new provider, then saving it. What did not work is told once; who then saves again wants it all the same. */
export function useAdding(provider: Provider | null, onDone: (id: string) => void) {
  const { t } = useTranslation("providers");
  const [draft, setDraft] = useState<Draft>(() => draftOf(provider));
  const [tried, setTried] = useState("");
  const trying = useTryNew();
  const adding = useAddProvider();
  const look = (needs: readonly Need[]) => JSON.stringify(trialOf(draft, needs));
  const attempt = async (needs: readonly Need[]) => {
    adding.reset();
    setTried("");
    const result = await trying.mutateAsync(trialOf(draft, needs));
    setTried(look(needs));
    return result;
  };
  const save = async (needs: readonly Need[], address: string | null | undefined) => {
    const known = tried === look(needs) ? trying.data : undefined;
    const result = known ?? (await attempt(needs));
    if (!result.ok && !known) return;
    const models = draft.listAll && mustName(provider, draft) ? result.models : [];
    const id = draft.id.trim();
    await adding.mutateAsync({
      id,
      body: bodyOf(draft, needs, address, models),
      key: keyOf(draft),
      taken: t("add.taken", { name: id }),
    });
    onDone(id);
  };
  /** What fails is shown where it is; nothing is left to be caught. */
  const quietly = (work: Promise<unknown>) => void work.catch(() => undefined);
  return {
    draft,
    put: (change: Partial<Draft>) => setDraft({ ...draft, ...change }),
    say: (name: string, value: string) => setDraft({ ...draft, needs: { ...draft.needs, [name]: value } }),
    tried: (needs: readonly Need[]) => (tried === look(needs) ? trying.data : undefined),
    attempt: (needs: readonly Need[]) => quietly(attempt(needs)),
    save: (needs: readonly Need[], address: string | null | undefined) => quietly(save(needs, address)),
    error: adding.error ?? trying.error,
    refused: adding.isError,
    busy: trying.isPending || adding.isPending,
    trying: trying.isPending,
  };
}
