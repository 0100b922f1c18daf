import { useEffect, useState } from "react";
import classes from "./GreenRoom.module.css";

const CHECK_INTERVAL_MS = 10_000;
const SLOW_ABOVE_MS = 400;
const CHECK_TIMEOUT_MS = 5_000;

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

/** Any answer will do: what is timed is the way there and back. */
async function measure(): Promise<Check> {
  const start = performance.now();
  try {
    const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS);
    await fetch("/icon.svg", { method: "HEAD", cache: "no-store", signal });
    const ms = Math.round(performance.now() - start);
    return { state: ms > SLOW_ABOVE_MS ? "slow" : "good", ms };
  } catch {
    return { state: "none", ms: 0 };
  }
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
