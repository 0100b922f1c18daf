/** The camera's background, blurred on this device. */
export { Backdrop } from "./backdrop";
export { type BlurProblem, createBlur } from "./blur";
