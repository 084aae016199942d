import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";

type Texts = Record<string, string>;

/**
 * What a page is asked to show, kept in the URL: so it can be shared, reloaded and gone back from. Every value is a text;
 * one that is like its default is left out of the URL.
 */
export function useUrlState<S extends Texts>(
  defaults: S,
): [S, (change: Partial<S>, replace?: boolean) => void] {
  const search = useSearch({ strict: false }) as Texts;
  const navigate = useNavigate();
  const names = Object.keys(defaults).join(" ");

  // biome-ignore lint/correctness/useExhaustiveDependencies: the defaults are constants of their page
  const state = useMemo(() => {
    const own = Object.keys(defaults).map((name) => [name, search[name] ?? defaults[name]]);
    return Object.fromEntries(own) as S;
  }, [search, names]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the defaults are constants of their page
  const change = useCallback(
    (changed: Partial<S>, replace = true) => {
      void navigate({
        to: ".",
        replace,
        resetScroll: false,
        search: ((before: Texts) => {
          const after: Texts = { ...before };
          for (const [name, value] of Object.entries(changed)) {
            if (value === undefined || value === "" || value === defaults[name]) delete after[name];
            else after[name] = value;
          }
          return after;
        }) as never,
      });
    },
    [navigate, names],
  );
  return [state, change];
}
