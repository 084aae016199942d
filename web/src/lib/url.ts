/** Where the console stands, with a slash at its end: the gateway says so in <base>, also below a proxy's path. */
export const base = (): string => (typeof document === "undefined" ? "http://localhost/" : document.baseURI);

/** The path of the console, for the router: `/`, or `/wye/`. */
export const basePath = (): string => new URL(base()).pathname;

/** The address of something of the gateway's: `under("api/v1/me")`. */
export const under = (path: string): string => new URL(path.replace(/^\//, ""), base()).toString();
