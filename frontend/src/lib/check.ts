// The few words of JSON Schema that bundle.schema.json uses; the same as diarchy/report/check.py.
import schema from "../../../src/diarchy/report/bundle.schema.json";

type Rule = Record<string, any>;
const MOST = 20;

const TYPES: Record<string, (v: unknown) => boolean> = {
  object: (v) => typeof v === "object" && v !== null && !Array.isArray(v),
  array: (v) => Array.isArray(v),
  string: (v) => typeof v === "string",
  number: (v) => typeof v === "number" && Number.isFinite(v),
  integer: (v) => typeof v === "number" && Number.isInteger(v),
  boolean: (v) => typeof v === "boolean",
  null: (v) => v === null,
};

/** What is wrong with a document, as sentences; empty when it holds to the schema. */
export function check(document: unknown): string[] {
  const found: string[] = [];
  visit(document, schema as Rule, "bundle", found);
  return found;
}

function visit(value: any, rule: Rule, where: string, found: string[]): void {
  if (found.length >= MOST) return;
  if (rule.$ref) return visit(value, (schema as Rule).$defs[rule.$ref.split("/").pop()], where, found);
  const kinds: string[] = rule.type === undefined ? [] : [rule.type].flat();
  if (kinds.length && !kinds.some((kind) => TYPES[kind](value))) {
    found.push(`${where}: expected ${kinds.join(" or ")}`);
    return;
  }
  if ("const" in rule && value !== rule.const) found.push(`${where}: expected '${rule.const}'`);
  if (rule.enum && !rule.enum.includes(value)) found.push(`${where}: is not one of ${rule.enum.join(", ")}`);
  if (Array.isArray(value)) {
    if (rule.items) value.forEach((item, i) => visit(item, rule.items, `${where}[${i}]`, found));
  } else if (TYPES.object(value)) visitObject(value, rule, where, found);
}

function visitObject(value: Record<string, unknown>, rule: Rule, where: string, found: string[]): void {
  const properties: Rule = rule.properties ?? {};
  const others = rule.additionalProperties ?? true;
  for (const name of rule.required ?? []) if (!(name in value)) found.push(`${where}: '${name}' is missing`);
  for (const [name, item] of Object.entries(value)) {
    if (name in properties) visit(item, properties[name], `${where}.${name}`, found);
    else if (others === false) found.push(`${where}: '${name}' is not known`);
    else if (others !== true) visit(item, others, `${where}.${name}`, found);
  }
}
