// Runs before anything is drawn: says that there is script, and shows the chosen colours without a flash.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch {
    // No storage, no choice: the device decides.
  }
})();
