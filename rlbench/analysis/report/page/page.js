"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("scripted");
  const data = JSON.parse(document.getElementById("data").textContent);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const say = (text) => { document.getElementById("said").textContent = text; };

  // Light and dark: as the system is set, until the button is pressed.
  const theme = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme || (system.matches ? "dark" : "light")) === "dark";
  const nameTheme = () => { theme.textContent = isDark() ? "Light" : "Dark"; };
  theme.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; nameTheme(); });
  system.addEventListener("change", nameTheme);
  nameTheme();

  // Numbers as the tables have them: as many decimals as suit the largest number of the cell.
  const minus = (text) => text.replace("-", "−");
  const number = (value, like) => {
    const size = Math.abs(like);
    return minus(value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 3));
  };
  const placeText = (x) => (Number.isInteger(x) ? minus(x.toLocaleString("en")) : number(x, x));
  const cellText = (curve, at) => {
    const value = curve.y[at];
    if (!curve.low || curve.low[at] === null) return number(value, value);
    const ends = [curve.low[at], curve.high[at]];
    const like = Math.max(...[value, ...ends].map(Math.abs));
    return `${number(value, like)} [${number(ends[0], like)}, ${number(ends[1], like)}]`;
  };

  // Sorting: a column by its numbers, or by its words; cells without a number come last.
  const sortBy = (head) => {
    const table = head.closest("table"), body = table.tBodies[0];
    const up = head.getAttribute("aria-sort") === "ascending";
    const first = head.classList.contains("n") ? "descending" : "ascending";
    const now = head.getAttribute("aria-sort") === "none" ? first : up ? "descending" : "ascending";
    all("th", table).forEach((each) => each.setAttribute("aria-sort", "none"));
    head.setAttribute("aria-sort", now);
    const sign = now === "ascending" ? 1 : -1, column = head.cellIndex, numeric = head.classList.contains("n");
    const words = new Intl.Collator("en", { numeric: true });
    const key = (row) => (numeric ? Number(row.cells[column].dataset.k ?? NaN) : row.cells[column].textContent);
    const order = (a, b) => {
      if (!numeric) return sign * words.compare(a, b);
      if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);
      return sign * (a - b);
    };
    const keyed = [...body.rows].map((row) => [key(row), row]);
    keyed.sort((a, b) => order(a[0], b[0]));
    body.append(...keyed.map((each) => each[1]));
    say(`Sorted by ${head.textContent}, ${now}`);
  };
  all("th button").forEach((button) => button.addEventListener("click", () => sortBy(button.parentElement)));

  // Copying: cells between tabs, which spreadsheets and text editors take alike.
  const copy = async (button) => {
    const rows = [...document.getElementById(button.dataset.table).rows];
    const text = rows.map((row) => [...row.cells].map((cell) => cell.textContent).join("\t")).join("\n");
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      button.focus();
    }
    button.textContent = "Copied";
    say("The table is in the clipboard");
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  };
  all("button.copy").forEach((button) => button.addEventListener("click", () => copy(button)));

  // Lines on and off, in all drawings at once.
  const hidden = new Set();
  const keys = all(".legend [data-a]");
  const show = (button, on) => {
    const place = Number(button.dataset.a);
    button.setAttribute("aria-pressed", String(on));
    if (on) hidden.delete(place); else hidden.add(place);
    all(`.drawing .a${place}`).forEach((each) => each.classList.toggle("off", !on));
  };
  const showAll = (on) => { keys.forEach((button) => show(button, on)); readings.forEach((update) => update()); };
  keys.forEach((button) => button.addEventListener("click", () => {
    show(button, button.getAttribute("aria-pressed") !== "true");
    readings.forEach((update) => update());
  }));
  document.getElementById("every")?.addEventListener("click", () => showAll(true));
  document.getElementById("none")?.addEventListener("click", () => showAll(false));

  // Values read off: at a step that the slider or the pointer chooses, each curve's last value.
  const readings = all(".panel").flatMap((figure, place) => {
    const panel = data.drawings[place];
    if (!panel) return [];
    const svg = figure.querySelector("svg"), slider = figure.querySelector("input"), output = figure.querySelector("output");
    const steps = [...new Set(panel.lines.flatMap((curve) => curve.x))].sort((a, b) => a - b);
    const [left, right, top, bottom] = panel.box, [low, high] = panel.range;
    const cursor = document.createElementNS("http://www.w3.org/2000/svg", "line");
    cursor.setAttribute("class", "cursor");
    cursor.setAttribute("y1", top);
    cursor.setAttribute("y2", bottom);
    svg.append(cursor);
    const width = svg.viewBox.baseVal.width;
    slider.style.marginLeft = `calc(${100 * left / width}% - .5rem)`;
    slider.style.width = `calc(${100 * (right - left) * (steps[steps.length - 1] - low) / (high - low) / width}% + 1rem)`;
    slider.max = steps.length - 1;
    const lastUpTo = (xs, step) => {
      let from = 0, to = xs.length;
      while (from < to) { const middle = (from + to) >> 1; if (xs[middle] <= step) from = middle + 1; else to = middle; }
      return from - 1;
    };
    const ended = (curve, step) => {
      const end = curve.x[curve.x.length - 1];
      return end < 0.99 * step && step > 0 ? `, ended at ${placeText(end)}` : "";
    };
    slider.value = Math.max(0, lastUpTo(steps, panel.start));
    const update = () => {
      const step = steps[Number(slider.value)];
      const x = left + (right - left) * (step - low) / (high - low);
      cursor.setAttribute("x1", x);
      cursor.setAttribute("x2", x);
      const rows = panel.lines
        .filter((curve) => !hidden.has(curve.a))
        .map((curve) => [curve, lastUpTo(curve.x, step)])
        .filter((each) => each[1] >= 0)
        .sort((one, two) => two[0].y[two[1]] - one[0].y[one[1]]);
      const head = document.createElement("b");
      head.textContent = `${panel.x}: ${placeText(step)}`;
      output.replaceChildren(head, ...rows.map(([curve, at]) => {
        const row = document.createElement("span"), line = document.createElement("i");
        line.style.background = `var(--a${curve.a})`;
        row.append(line, `${data.names[curve.a]} ${cellText(curve, at)}${ended(curve, step)}`);
        return row;
      }));
      if (panel.ends && rows.some(([curve, at]) => at === curve.x.length - 1)) {
        const note = document.createElement("small");
        note.textContent = panel.ends;
        output.append(note);
      }
      slider.setAttribute("aria-valuetext", head.textContent);
    };
    slider.addEventListener("input", update);
    svg.addEventListener("pointermove", (event) => {
      const frame = svg.getBoundingClientRect(), scale = width / frame.width;
      const step = low + (high - low) * ((event.clientX - frame.left) * scale - left) / (right - left);
      slider.value = Math.max(0, lastUpTo(steps, step));
      update();
    });
    update();
    return [update];
  });
})();
