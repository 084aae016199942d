import { useQuery } from "@tanstack/react-query";
import { guideQuery } from "@/api/guide";
import { keysQuery } from "@/api/keys";
import { modelsQuery } from "@/api/models";
import { type Provider, providersQuery } from "@/api/providers";
import { askedQuery } from "@/api/welcome";

/** Providers that are good to begin with, the first that are not there yet: a plan that costs nothing before all else. */
const FIRST = ["groq", "gemini", "openrouter", "cerebras", "mistral", "openai", "anthropic"];
const SHOWN = 6;

/** What is worth offering: what runs on this machine, then what is free, then what most people have a key of. */
export function offers(providers: readonly Provider[]): Provider[] {
  const rank = ({ id, local, free }: Provider) => {
    const known = FIRST.indexOf(id);
    if (known >= 0) return known;
    if (free?.kind === "plan") return 100;
    return local ? 300 : free ? 200 : 400;
  };
  return providers
    .filter(({ configured }) => !configured)
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, SHOWN);
}

export type StepId = "provider" | "chat" | "key";

/** How far the first steps are, as the gateway tells it. */
export function useProgress() {
  const providers = useQuery(providersQuery);
  const asked = useQuery(askedQuery);
  const keys = useQuery(keysQuery);
  const used = providers.data?.filter(({ configured, enabled }) => configured && enabled) ?? [];
  return {
    /** Whether all of it was told. */
    known: [providers, asked, keys].every(({ isPending }) => !isPending),
    providers,
    used,
    done: {
      provider: used.length > 0,
      chat: asked.data === true,
      key: (keys.data?.length ?? 0) > 0,
    } satisfies Record<StepId, boolean>,
  };
}

/** The same, and which model there is to ask. */
export function useSteps() {
  const guide = useQuery(guideQuery);
  const models = useQuery(modelsQuery);
  const chats = models.data?.find(
    ({ what, kind, enabled }) => what === "deployment" && kind === "chat" && enabled,
  );
  return { ...useProgress(), model: guide.data?.default_model ?? chats?.name ?? null };
}
