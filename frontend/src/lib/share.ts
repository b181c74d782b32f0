// Take away what is seen: tables as CSV, charts as SVG or PNG, everything as JSON. Nothing leaves the machine.
import type { Answer, Bundle } from "./bundle";

export type Table = { head: string[]; rows: (string | number | null)[][] };

export function save(name: string, content: BlobPart, type: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** A table as CSV; a text that a spreadsheet would take for a formula is quoted as text. */
export function csv(table: Table): string {
  const cell = (value: string | number | null): string => {
    let text = value === null ? "" : String(value);
    if (typeof value === "string" && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [table.head, ...table.rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

const DRAWN = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "paint-order", "opacity", "font-family", "font-size", "font-weight", "text-anchor", "dominant-baseline", "fill-opacity"];

/** A chart as SVG text that stands alone: what the style sheet gives is written onto each part. */
export function svgText(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const from = [svg, ...svg.querySelectorAll<SVGElement>("*")];
  [copy, ...copy.querySelectorAll<SVGElement>("*")].forEach((node, i) => {
    const style = getComputedStyle(from[i]);
    for (const name of DRAWN) node.setAttribute(name, style.getPropertyValue(name));
    node.removeAttribute("class");
    node.removeAttribute("tabindex");
  });
  const box = svg.viewBox.baseVal;
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(box.width));
  copy.setAttribute("height", String(box.height));
  const ground = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [k, v] of Object.entries({ x: box.x, y: box.y, width: box.width, height: box.height })) ground.setAttribute(k, String(v));
  ground.setAttribute("fill", getComputedStyle(document.documentElement).getPropertyValue("--card").trim());
  copy.insertBefore(ground, copy.firstChild);
  return new XMLSerializer().serializeToString(copy);
}

export function savePng(svg: SVGSVGElement, name: string): void {
  const image = new Image();
  const box = svg.viewBox.baseVal;
  image.onload = () => {
    const canvas = document.createElement("canvas");
    canvas.width = box.width * 2;
    canvas.height = box.height * 2;
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => blob && save(name, blob, "image/png"));
  };
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgText(svg))}`;
}

/** All answers as a table. */
export function answersTable(bundle: Bundle): Table {
  const ends = (a: Answer, bar: string) => [a.interval[bar]?.[0] ?? null, a.interval[bar]?.[1] ?? null];
  return {
    head: ["question", "text", "arm", "minus_arm", "statistic", "value", "unit", "luck_low", "luck_high", "parameters_low", "parameters_high", "structure_low", "structure_high", "n", "outside", "outside_n", "happened", "happened_on"],
    rows: bundle.answers.map((a) => [
      a.id, a.text, a.arm, a.minus_arm ?? null, a.statistic, a.value, a.unit, ...ends(a, "monte_carlo"), ...ends(a, "parameter"),
      ...ends(a, "structural"), a.n, a.outside?.value ?? null, a.outside?.n ?? null, a.resolved?.value ?? null, a.resolved?.date ?? null,
    ]),
  };
}
