/** One of what is offered, as the URL names it; what is not offered is the usual one. */
export const choice = <T extends string>(text: string, offered: readonly T[], usual: T): T =>
  offered.find((one) => one === text) ?? usual;
