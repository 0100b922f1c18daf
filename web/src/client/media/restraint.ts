/**
 * How far something is held back: a step more when it has been too much for a while, a step less when it has not been for a
 * longer while, which is longer each time that it proves wrong. Pure.
 */

export interface Restraint {
  /** 0: nothing is held back. */
  readonly step: number;
  readonly isTooMuch: boolean;
  /** When it became too much, or bearable, or the step changed: what lasts since then counts. */
  readonly since: number;
  /** How long it must have been bearable before more is tried. */
  readonly patienceMs: number;
  /** When more was tried last. */
  readonly triedAt: number;
}

/** What a kind of restraint knows of its matter; times in milliseconds. */
export interface Manner {
  /** How long it must have been too much before each step. */
  readonly stepAfterMs: readonly number[];
  readonly patienceMs: number;
  readonly patienceMaxMs: number;
  /** Who was wrong this soon waits twice as long the next time. */
  readonly wrongWithinMs: number;
}

/** Nothing is held back, and no attempt has proved wrong. */
export function unrestrained({ patienceMs }: Manner): Restraint {
  return { step: 0, isTooMuch: false, since: 0, patienceMs, triedAt: Number.NEGATIVE_INFINITY };
}

/** The state after one more look; `now` in milliseconds. */
export function restrained(
  state: Restraint,
  isTooMuch: boolean,
  now: number,
  manner: Manner,
): Restraint {
  if (isTooMuch !== state.isTooMuch) return { ...state, isTooMuch, since: now };
  const lastedMs = now - state.since;
  if (isTooMuch) {
    const afterMs = manner.stepAfterMs[state.step] ?? Number.POSITIVE_INFINITY;
    return lastedMs < afterMs ? state : holdingBack(state, now, manner);
  }
  const triesMore = state.step > 0 && lastedMs >= state.patienceMs;
  return triesMore ? { ...state, step: state.step - 1, since: now, triedAt: now } : state;
}

function holdingBack(state: Restraint, now: number, manner: Manner): Restraint {
  const wasWrong = now - state.triedAt < manner.wrongWithinMs;
  const doubled = Math.min(2 * state.patienceMs, manner.patienceMaxMs);
  const patienceMs = wasWrong ? doubled : state.patienceMs;
  return { ...state, step: state.step + 1, since: now, patienceMs };
}
