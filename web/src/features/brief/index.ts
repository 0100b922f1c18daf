/** The interview's task. */
export { BriefPane, type BriefPaneProps } from "./BriefPane";
