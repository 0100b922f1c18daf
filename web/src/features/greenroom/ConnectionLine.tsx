import { useEffect, useState } from "react";
import classes from "./GreenRoom.module.css";

const CHECK_INTERVAL_MS = 10_000;
const SLOW_ABOVE_MS = 400;
const CHECK_TIMEOUT_MS = 5_000;
const LOOKS = 3;

type Check = { readonly state: "unknown" | "good" | "slow" | "none"; readonly ms: number };

/** How far away the server is, measured again and again. */
export function ConnectionLine() {
  const [check, setCheck] = useState<Check>({ state: "unknown", ms: 0 });
  useEffect(() => {
    let isOver = false;
    const look = async () => {
      const result = await measure();
      if (!isOver) setCheck(result);
    };
    void look();
    const timer = setInterval(() => void look(), CHECK_INTERVAL_MS);
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  }, []);
  return (
    <div className={classes.connection} role="status">
      <span className={classes.dot} data-state={check.state} aria-hidden="true" />
      {wordsOf(check)}
    </div>
  );
}

/** Any answer will do. The first look may have to open a connection, so that the best of a few is taken. */
async function measure(): Promise<Check> {
  let ms = Number.POSITIVE_INFINITY;
  try {
    for (let look = 0; look < LOOKS; look++) ms = Math.min(ms, await roundTripMs());
  } catch {
    return { state: "none", ms: 0 };
  }
  return { state: ms > SLOW_ABOVE_MS ? "slow" : "good", ms: Math.round(ms) };
}

async function roundTripMs(): Promise<number> {
  const start = performance.now();
  const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS);
  const answer = await fetch("/icon.svg", { cache: "no-store", signal });
  await answer.arrayBuffer();
  return performance.now() - start;
}

function wordsOf({ state, ms }: Check): string {
  switch (state) {
    case "good":
      return `Connection: good · round trip ${ms} ms`;
    case "slow":
      return `Connection: slow · round trip ${ms} ms`;
    case "none":
      return "The server cannot be reached. Check your network.";
    case "unknown":
      return "Checking your connection…";
  }
}
