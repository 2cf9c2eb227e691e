// Tells, in a script element that it adds to the page, what the page shows.
const all = (selector, of = document) => [...of.querySelectorAll(selector)];
const said = (selector) => all(selector).map((element) => element.innerText).join("\n");
const rgb = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
const luminance = (colour) => {
  const [r, g, b] = rgb(colour).map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (element) => {
  const { backgroundColor } = getComputedStyle(element);
  return rgb(backgroundColor)[3] === 0 ? behind(element.parentElement) : backgroundColor;
};
// WCAG 2.2, contrast ratio.
const contrast = (element) => {
  const style = getComputedStyle(element);
  const [high, low] = [luminance(element.closest("svg") ? style.fill : style.color), luminance(behind(element))].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
};
const closed = said("main").length;
all("details").forEach((details) => (details.open = true));
const words = all("body *").filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
const faint = words.reduce((least, element) => (contrast(element) < contrast(least) ? element : least));
const told = document.createElement("script");
told.type = "application/json";
told.id = "told";
told.textContent = JSON.stringify({
  page: getComputedStyle(document.body).backgroundColor,
  faintest: { contrast: contrast(faint), text: faint.textContent },
  beyond: document.documentElement.scrollWidth - innerWidth,
  closed,
  open: said("main").length,
  fetched: performance.getEntriesByType("resource").length,
  title: said("h1"),
  tiles: said(".tiles"),
  time: said("#time"),
  findings: said("#findings"),
  hosts: all("#hosts tbody tr").map((row) => all("td", row).map((cell) => cell.innerText)),
  labels: all("#labels .labels div").map((row) => ({
    name: row.children[0].innerText,
    cut: row.children[0].scrollWidth > row.children[0].clientWidth,
    share: row.children[1].value,
    says: row.children[2].innerText,
  })),
  charts: all("#time svg").map((chart) => ({
    about: chart.ariaLabel,
    lines: all("polyline", chart).map((line) => {
      const { width, height } = line.getBoundingClientRect();
      return { host: line.classList[1], colour: getComputedStyle(line).stroke, width, height };
    }),
  })),
  packet: all(".packet tbody tr").map((row) => ({ lie: row.classList.contains("lie"), cells: all("td", row).map((cell) => cell.innerText) })),
  files: all("details.file").map((file) => ({
    path: all("summary code", file)[0].innerText,
    shares: all(".share", file).map((share) => share.innerText),
    lines: all(".source tr:not(.gap)", file).map((row) => ({
      class: row.className,
      colour: getComputedStyle(row).backgroundColor,
      cells: all("td", row).map((cell) => cell.innerText),
    })),
  })),
});
document.body.append(told);
