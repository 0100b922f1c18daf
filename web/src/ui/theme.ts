/** Mantine in our colours: slate neutrals, one indigo, hairlines instead of shadows. */
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

const SLATE: MantineColorsTuple = [
  "#f8fafc",
  "#f1f5f9",
  "#e2e8f0",
  "#cbd5e1",
  "#94a3b8",
  "#64748b",
  "#475569",
  "#334155",
  "#1e293b",
  "#0f172a",
];
const NIGHT: MantineColorsTuple = [
  "#e6eaf2",
  "#c5cedb",
  "#a3aec0",
  "#8592a7",
  "#303b50",
  "#1f2839",
  "#161d2b",
  "#0c111b",
  "#090d15",
  "#05080e",
];
const INDIGO: MantineColorsTuple = [
  "#eef2ff",
  "#e0e7ff",
  "#c7d2fe",
  "#a5b4fc",
  "#818cf8",
  "#6366f1",
  "#4f46e5",
  "#4338ca",
  "#3730a3",
  "#312e81",
];

export const theme = createTheme({
  primaryColor: "indigo",
  primaryShade: { light: 6, dark: 6 },
  colors: { gray: SLATE, dark: NIGHT, indigo: INDIGO },
  black: "#0f172a",
  fontFamily: "var(--vv-font)",
  fontFamilyMonospace: "var(--vv-font-code)",
  headings: { fontFamily: "var(--vv-font)", fontWeight: "600" },
  defaultRadius: 8,
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: "sm" }, styles: { root: { fontWeight: 550 } } },
    Tooltip: {
      defaultProps: { openDelay: 350, withArrow: false, offset: 6, zIndex: 400, fz: 12.5 },
    },
    ModalRoot: { defaultProps: { centered: true, radius: 12, transitionProps: { duration: 120 } } },
    ModalOverlay: { defaultProps: { backgroundOpacity: 0.45 } },
    Menu: { defaultProps: { shadow: "md", transitionProps: { duration: 100 } } },
    Select: { defaultProps: { comboboxProps: { shadow: "md" }, allowDeselect: false } },
  },
});

/** Points Mantine's own names at our tokens, so that both change together. */
export const cssVariables: CSSVariablesResolver = () => {
  const scheme = {
    "--mantine-color-body": "var(--vv-bg)",
    "--mantine-color-text": "var(--vv-text)",
    "--mantine-color-dimmed": "var(--vv-text-2)",
    "--mantine-color-placeholder": "var(--vv-text-3)",
    "--mantine-color-default": "var(--vv-bg)",
    "--mantine-color-default-hover": "var(--vv-bg-hover)",
    "--mantine-color-default-color": "var(--vv-text)",
    "--mantine-color-default-border": "var(--vv-line-strong)",
    "--mantine-color-error": "var(--vv-bad)",
    "--mantine-color-indigo-filled": "var(--vv-accent)",
    "--mantine-color-indigo-filled-hover": "var(--vv-accent-hover)",
  };
  return { variables: {}, light: scheme, dark: scheme };
};
