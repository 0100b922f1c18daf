import "@fontsource-variable/jetbrains-mono/wght.css";

export { Room as default } from "./Room";
