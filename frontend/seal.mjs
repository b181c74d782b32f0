// Write down of what sources the build was made and what it holds, so that a stale build is found without Node.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const built = "../src/diarchy/studio/static";
const own = ["index.html", "package.json", "package-lock.json", "svelte.config.js", "tsconfig.json", "vite.config.ts", "seal.mjs"];
const sources = [...own, ...walk("src"), "../src/diarchy/report/bundle.schema.json"].sort();

function walk(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? walk(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

// The build holds parts of these packages, and their licences want to be told.
const parts = ["svelte", "esm-env", "clsx", "d3-array", "d3-color", "d3-format", "d3-geo", "d3-interpolate", "d3-path", "d3-scale", "d3-shape", "d3-time", "d3-time-format", "internmap", "@fontsource-variable/inter"];
const licences = parts.map((name) => {
  const file = readdirSync(join("node_modules", name)).find((n) => /^licen[cs]e/i.test(n));
  return `== ${name}\n\n${file ? readFileSync(join("node_modules", name, file), "utf8").trim() : "see its package"}\n`;
});
writeFileSync(join(built, "licences.txt"), licences.join("\n"));

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest("hex");
const digest = sha256(...sources.flatMap((name) => [name, "\0", readFileSync(name), "\0"]));
const outputs = walk(built).map((path) => path.slice(built.length + 1)).filter((name) => name !== "build.json");
const files = Object.fromEntries(outputs.sort().map((name) => [name, sha256(readFileSync(join(built, name)))]));
writeFileSync(join(built, "build.json"), JSON.stringify({ sources: digest, files }, null, 1) + "\n");
