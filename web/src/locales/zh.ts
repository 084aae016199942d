/** All areas of the console in Chinese, by the paths of their files: one chunk, not twenty. */
export const words = import.meta.glob<object>(["./zh/*.json", "!./zh/meaning.json"], {
  eager: true,
  import: "default",
});
