// Before the first paint: dark or light as it was chosen by hand, so that the page does not flash.
try {
  const chosen = localStorage.getItem("mantine-color-scheme-value");
  if (chosen === "light" || chosen === "dark") {
    document.documentElement.dataset.mantineColorScheme = chosen;
  }
} catch {
  // Storage is forbidden: the system's scheme holds.
}
