export { GreenRoom } from "./GreenRoom";
