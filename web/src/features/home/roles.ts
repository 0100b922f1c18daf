import type { Role } from "../../client/api";

/** In the order in which links are offered. */
export const ROLES = ["candidate", "interviewer", "observer"] as const satisfies readonly Role[];

export const ROLE_NAMES: Readonly<Record<Role, string>> = {
  candidate: "Candidate",
  interviewer: "Interviewer",
  observer: "Observer",
};
