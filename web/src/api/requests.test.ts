import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { requestQuery } from "./requests";

const answers = (statuses: number[]) => {
  const fetched = vi.fn(async () => {
    const status = statuses.shift() ?? 500;
    return Response.json(status === 200 ? { request: { id: "r" } } : { title: "no", status }, { status });
  });
  vi.stubGlobal("fetch", fetched);
  return fetched;
};

describe("a request that is opened", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const opened = async () => {
    const found = new QueryClient().fetchQuery(requestQuery("r")).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(10_000);
    return found;
  };

  it("is waited for while it is not recorded yet", async () => {
    const fetched = answers([404, 404, 200]);
    expect(await opened()).toEqual({ request: { id: "r" } });
    expect(fetched).toHaveBeenCalledTimes(3);
  });

  it("is not waited for without end", async () => {
    const fetched = answers([404, 404, 404, 404, 404, 404]);
    expect(await opened()).toMatchObject({ status: 404 });
    expect(fetched).toHaveBeenCalledTimes(5);
  });

  it("is not asked for again where it is refused", async () => {
    const fetched = answers([403, 200]);
    expect(await opened()).toMatchObject({ status: 403 });
    expect(fetched).toHaveBeenCalledTimes(1);
  });
});
