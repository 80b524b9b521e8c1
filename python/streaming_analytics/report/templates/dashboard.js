"use strict";
(() => {
  const content = JSON.parse(document.getElementById("content").textContent);
  const panels = content.sections.flatMap((section) => section.panels);
  const views = new Map();
  const tooltip = document.body.appendChild(
    Object.assign(document.createElement("div"), { id: "tooltip" }),
  );

  const element = (tag, text, className) => {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  const plain = (digits) => (value) =>
    value.toLocaleString("en-US", {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }).replace("-", "\u2212");
  const months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ];
  const show = {
    text: (value) => value,
    integer: plain(0),
    hours: plain(1),
    stars: plain(2),
    ratio: plain(3),
    rate: (value) => plain(1)(value * 100) + "%",
    points: (value) => (value > 0 ? "+" : "") + plain(1)(value * 100),
    usd: (value) => "$" + plain(0)(value),
    month: (value) => months[Number(value.slice(5, 7)) - 1] + " " + value.slice(0, 4),
  };
  const shown = (value, kind) =>
    value === null || value === undefined ? "\u2013" : show[kind](value);

  function sparkline(series) {
    const known = series.filter((value) => value !== null);
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 200 30");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    if (known.length < 2) return svg;
    const low = Math.min(...known);
    const span = Math.max(...known) - low || 1;
    const at = series.map((value, place) =>
      value === null ? null
        : [place * 200 / (series.length - 1), 27 - (value - low) / span * 24]);
    const line = document.createElementNS(svg.namespaceURI, "path");
    line.setAttribute("d", at.reduce((path, point, place) =>
      point === null ? path
        : path + (place && at[place - 1] ? "L" : "M") + point.map((x) => x.toFixed(1)), ""));
    line.setAttribute("fill", "none");
    line.setAttribute("stroke", "#0b5c8a");
    line.setAttribute("stroke-width", "1.75");
    line.setAttribute("vector-effect", "non-scaling-stroke");
    svg.append(line);
    return svg;
  }

  function showFigures(region) {
    const box = document.getElementById("figures");
    box.replaceChildren(...content.figures[region].map((figure) => {
      const card = element("div", undefined, "figure");
      card.dataset.key = figure.key;
      const arrow = { up: "\u25B2 ", down: "\u25BC ", level: "" }[figure.direction];
      const change = element("p", undefined, "change");
      const sign = element("span", arrow);
      sign.setAttribute("aria-hidden", "true");
      change.append(sign, figure.change);
      card.append(
        element("h3", figure.label),
        element("p", figure.value, "value"),
        ...(figure.target ? [element("p", figure.target, "target")] : []),
        change,
        element("p", figure.before, "before"),
        element("p", figure.detail, "detail"),
        sparkline(figure.series),
      );
      return card;
    }));
    box.hidden = box.children.length === 0;
  }

  const rowsOf = (panel, region) =>
    panel.region === "filter"
      ? panel.rows.filter((row) => row.region_code === region)
      : panel.rows;

  function table(panel, region) {
    const made = element("table");
    const head = made.createTHead().insertRow();
    const kindClass = (column) => (column.kind === "text" ? "text" : "");
    for (const column of panel.columns) {
      const cell = element("th", column.heading, kindClass(column));
      cell.scope = "col";
      head.append(cell);
    }
    const body = made.createTBody();
    for (const row of rowsOf(panel, region)) {
      const line = body.insertRow();
      for (const column of panel.columns) {
        line.append(element(
          "td", shown(row[column.field], column.kind), kindClass(column)));
      }
    }
    return made;
  }

  function showTooltip(handler, event, item, value) {
    if (value === null || value === undefined || value === "") {
      tooltip.style.display = "none";
      return;
    }
    const lines = typeof value === "object"
      ? Object.entries(value) : [["", String(value)]];
    tooltip.replaceChildren(...lines.map(([name, text]) => {
      const line = element("div");
      if (name) line.append(element("b", name + "  "));
      line.append(String(text));
      return line;
    }));
    tooltip.style.display = "block";
    const left = Math.min(
      event.pageX + 14, window.scrollX + innerWidth - tooltip.offsetWidth - 8);
    tooltip.style.left = Math.max(8, left) + "px";
    tooltip.style.top = event.pageY + 16 + "px";
  }

  async function draw(panel, region) {
    const box = document.querySelector(`#${panel.key} .chart`);
    const isSilent = !panel.vega || rowsOf(panel, region).length === 0;
    box.classList.toggle("silent", isSilent);
    if (isSilent) return;
    let view = views.get(panel.key);
    if (!view) {
      const data = panel.vega.data.find((source) => source.name === "rows");
      data.values = panel.rows;
      const canvas = box.appendChild(element("div"));
      canvas.style.width = "100%";
      ({ view } = await vegaEmbed(canvas, panel.vega, {
        mode: "vega",
        renderer: "svg",
        actions: false,
        defaultStyle: false,
        // Errors only: a layer without rows is no news.
        logLevel: 1,
        tooltip: showTooltip,
      }));
      views.set(panel.key, view);
    }
    if (view.signal("selected_region") !== region) {
      await view.signal("selected_region", region).runAsync();
    }
    // The words beside it say more than a list of marks would.
    box.querySelector("svg").setAttribute("aria-hidden", "true");
  }

  const nameOf = (region) => content.regions.find((one) => one.code === region).name;

  async function select(region) {
    showFigures(region);
    document.getElementById("printed-region").textContent = nameOf(region);
    for (const panel of panels) {
      const figure = document.getElementById(panel.key);
      figure.querySelector("h3").textContent = panel.findings[region];
      figure.querySelector(".note").textContent = panel.notes[region];
      figure.querySelector(".chart").setAttribute(
        "aria-label",
        `${panel.topic}: ${panel.findings[region]}. ${panel.subtitle}. ${panel.reading}`,
      );
      figure.querySelector(".numbers").replaceChildren(table(panel, region));
      figure.querySelector("details").hidden = rowsOf(panel, region).length === 0;
      await draw(panel, region);
    }
    document.documentElement.dataset.region = region;
  }

  // The address names the region, so that a link opens what its sender saw.
  const everything = content.regions[0].code;
  function asked() {
    const code = new URLSearchParams(location.hash.slice(1)).get("region");
    return content.regions.some((one) => one.code === code) ? code : everything;
  }

  async function open(region) {
    const choice = document.querySelector(`.filter input[value="${region}"]`);
    if (choice) choice.checked = true;
    await select(region);
  }

  document.querySelector(".filter")?.addEventListener("change", async (event) => {
    const region = event.target.value;
    const hash = region === everything ? "" : "#region=" + encodeURIComponent(region);
    history.replaceState(null, "", location.pathname + location.search + hash);
    await select(region);
    document.getElementById("announcement").textContent =
      `Figures and charts show ${nameOf(region)}.`;
  });
  document.querySelector(".filter")?.addEventListener(
    "submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", () => {
    if (asked() !== document.documentElement.dataset.region) open(asked());
  });

  // Paper is narrower than most screens: what is drawn is drawn again at its width.
  function fit() {
    for (const [key, view] of views) {
      const box = document.querySelector(`#${key} .chart`);
      if (box.clientWidth) view.signal("width", box.clientWidth).run();
    }
  }
  for (const [when, isPrinting] of [["beforeprint", true], ["afterprint", false]]) {
    window.addEventListener(when, () => {
      document.documentElement.classList.toggle("printing", isPrinting);
      fit();
    });
  }

  // A browser may keep the choice of the last visit.
  document.querySelector(".filter")?.reset();
  open(asked());
})();
