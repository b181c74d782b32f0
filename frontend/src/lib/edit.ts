// Put a value into a scenario's text without touching anything else of it: the form and the text stay in step.

/** What is written for a value: a number or quantity alone, or a form of prior with its numbers. */
export function priorText(given: string): string {
  const form = /^\s*(uniform|normal|lognormal|beta|fixed)\s*[[(]?\s*(.+?)\s*[\])]?\s*$/.exec(given);
  const why = "judgement: set in the studio";
  if (form) return `{${form[1]}: [${form[2].split(/[,;]\s*/).join(", ")}], ${why}}`;
  return `{value: ${given.trim()}, ${why}}`;
}

/** A scenario's text with one prior set. */
export function withPrior(text: string, name: string, given: string): string {
  const entry = `  ${name}: ${priorText(given)}`;
  const lines = text.split("\n");
  const at = lines.findIndex((line) => /^priors:\s*(#.*)?$/.test(line));
  if (at < 0) {
    const empty = lines.findIndex((line) => /^priors:\s*\{\s*\}\s*$/.test(line));
    if (empty >= 0) lines.splice(empty, 1, "priors:", entry);
    else lines.splice(lines[lines.length - 1] === "" ? lines.length - 1 : lines.length, 0, "priors:", entry);
    return lines.join("\n");
  }
  let end = at + 1;
  while (end < lines.length && (/^\s+\S/.test(lines[end]) || /^\s*(#.*)?$/.test(lines[end]))) end += 1;
  const indent = /^(\s+)\S/.exec(lines.slice(at + 1, end).find((l) => /^\s+[^#\s]/.test(l)) ?? "  x")?.[1] ?? "  ";
  const own = lines.findIndex((line, i) => i > at && i < end && line.startsWith(`${indent}${name}:`));
  const placed = `${indent}${entry.trim()}`;
  if (own < 0) lines.splice(at + 1, 0, placed);
  else {
    let last = own + 1;
    while (last < end && lines[last].startsWith(`${indent} `)) last += 1;
    lines.splice(own, last - own, placed);
  }
  return lines.join("\n");
}
