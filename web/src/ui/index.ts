/** The pieces that pages are made of. They know shapes and words, no protocol and no state. */
export { AudioSink } from "./AudioSink";
export { Bars } from "./Bars";
export { ColorSchemeSwitch } from "./ColorSchemeSwitch";
export { Count } from "./Count";
export { Dialog } from "./Dialog";
export { Failsafe } from "./Failsafe";
export {
  capitalized,
  countOf,
  formatDistance,
  formatElapsed,
  formatTime,
  formatWhen,
  initialsOf,
} from "./format";
export { Hint } from "./Hint";
export { Initials } from "./Initials";
export { LevelBar } from "./LevelBar";
export { Logo } from "./Logo";
export { Page } from "./Page";
export { Pane } from "./Pane";
export { Question } from "./Question";
export { Statement } from "./Statement";
export { SwitchButton } from "./SwitchButton";
export { type CopyState, useCopy } from "./use-copy";
export { VideoView } from "./VideoView";
