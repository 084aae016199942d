/** All areas of the console in Thai, by the paths of their files: one chunk, not twenty. */
export const words = import.meta.glob<object>(["./th/*.json", "!./th/meaning.json"], {
  eager: true,
  import: "default",
});
