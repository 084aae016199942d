/** All areas of the console in English, by the paths of their files: one chunk, not twenty. */
export const words = import.meta.glob<object>("./en/*.json", { eager: true, import: "default" });
