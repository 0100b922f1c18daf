/** The output of the room's runs. */
export { OutputPane, type OutputPaneProps } from "./OutputPane";
