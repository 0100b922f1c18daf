import classes from "./Logo.module.css";

/** The mark and the name. */
export function Logo() {
  return (
    <span className={classes.logo}>
      <svg className={classes.mark} viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="8" fill="var(--vv-accent)" />
        <path
          d="M8 13.5v5M13.33 9.5v13M18.67 12v8M24 14.5v3"
          stroke="#fff"
          strokeWidth="2.6"
          strokeLinecap="round"
        />
      </svg>
      Vivavoce
    </span>
  );
}
