import type { Body, Need, Provider, Trial } from "@/api/providers";

/** What the form for a new provider holds, as it was typed. `needs`: by name, the key among them. */
export type Draft = {
  id: string;
  like: string;
  needs: Record<string, string>;
  model: string;
  listAll: boolean;
};

export const draftOf = (provider: Provider | null): Draft => ({
  id: provider?.id ?? "",
  like: "",
  // Nearly every server of one's own speaks it.
  needs: provider ? {} : { dialect: "openai_chat" },
  model: "",
  listAll: true,
});

const said = (draft: Draft, name: string): string => draft.needs[name]?.trim() ?? "";

/** The fields that are asked for: a provider's own, or those of one that nobody knows. */
export function needsOf(provider: Provider | null, like: Provider | undefined): readonly Need[] {
  if (provider) return provider.needs;
  if (like) return like.needs;
  const need = (name: string, required: boolean): Need => ({
    name,
    label: name,
    hint: "",
    secret: name === "api_key",
    required,
  });
  return [need("dialect", true), need("base_url", true), need("api_key", false)];
}

export const keyOf = (draft: Draft): string => said(draft, "api_key");

/** What is sent to try it. */
export function trialOf(draft: Draft, needs: readonly Need[]): Trial {
  const placed = needs.filter(({ placeholder, name }) => placeholder && said(draft, name));
  return {
    id: draft.id.trim(),
    like: draft.like || undefined,
    dialect: (!draft.like && said(draft, "dialect")) || undefined,
    base_url: said(draft, "base_url") || undefined,
    api_key: keyOf(draft) || undefined,
    model: draft.model.trim() || undefined,
    needs: Object.fromEntries(placed.map(({ name }) => [name, said(draft, name)])),
  };
}

/** What is saved, but for the key, which goes into the vault. */
export function bodyOf(
  draft: Draft,
  needs: readonly Need[],
  address: string | null | undefined,
  models: readonly string[],
): Body {
  const body: Body = {};
  if (draft.like) body.like = draft.like;
  if (!draft.like && said(draft, "dialect")) body.dialect = said(draft, "dialect");
  let url = said(draft, "base_url");
  const open = needs.filter(({ placeholder }) => placeholder);
  if (!url && open.length > 0) {
    url = address ?? "";
    for (const { placeholder, name } of open) url = url.replaceAll(placeholder ?? "", said(draft, name));
  }
  if (url) body.base_url = url;
  if (models.length > 0) body.models = [...models];
  return body;
}

/**
 * Whether its models have to be named. What a vendor offers at its own address is known; what runs elsewhere has models
 * of its own.
 */
export const mustName = (provider: Provider | null, draft: Draft): boolean =>
  (!provider && !draft.like) || provider?.local === true || said(draft, "base_url") !== "";
