/** The layers of the client: app → features → state → client, and ui beside them all. */
const FRAMEWORKS = "^node_modules/(react|react-dom|react-resizable-panels|@mantine|@tabler)(/|$)";
/** Zustand's core (`zustand/vanilla`) is plain; its hooks are React's. */
const REACT_STORES = "^node_modules/zustand/(esm/)?(index|react|traditional)";

module.exports = {
  forbidden: [
    {
      name: "client-is-framework-free",
      comment: "client/ owns protocols; it must run without a page, in tests and in other shells.",
      severity: "error",
      from: { path: "^src/client/" },
      to: { path: [FRAMEWORKS, REACT_STORES] },
    },
    {
      name: "client-imports-nothing-above",
      severity: "error",
      from: { path: "^src/client/" },
      to: { path: "^src/(app|features|state|ui)/" },
    },
    {
      name: "state-imports-nothing-above",
      severity: "error",
      from: { path: "^src/state/" },
      to: { path: "^src/(app|features|ui)/" },
    },
    {
      name: "ui-knows-no-protocol",
      severity: "error",
      from: { path: "^src/ui/" },
      to: { path: "^src/(app|features|state|client)/" },
    },
    {
      name: "features-import-no-app",
      severity: "error",
      from: { path: "^src/features/" },
      to: { path: "^src/app/" },
    },
    {
      name: "features-do-not-import-each-other",
      comment: "Only the room composes the panes; green room and room share the device choice.",
      severity: "error",
      from: { path: "^src/features/([^/]+)/", pathNot: "^src/features/room/" },
      to: { path: "^src/features/", pathNot: "^src/features/($1|devices)/" },
    },
    {
      name: "the-room-composes-only-panes",
      severity: "error",
      from: { path: "^src/features/room/" },
      to: { path: "^src/features/", pathNot: "^src/features/(room|devices|editor|brief|output)/" },
    },
    {
      name: "no-circular",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "not-to-unresolvable",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "browser", "default"],
      extensions: [".ts", ".tsx", ".mjs", ".js", ".css"],
    },
  },
};
