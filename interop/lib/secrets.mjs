// What callers are given and nothing may write down. It is kept in a file of its own, by which lib/leaks.py looks for it.
import { spawnSync } from "node:child_process";
import { appendFileSync } from "node:fs";

const known = new Set();
const { INTEROP_SECRETS: file, INTEROP_LEFT: left } = process.env;

export function secret(text) {
  if (!known.has(text) && file) appendFileSync(file, `${text}\n`, { mode: 0o600 });
  known.add(text);
}

// An answer that gives out an episode's URLs holds two; every other one is itself a place to look in.
export function received(status, text) {
  if (status === 201) for (const [, capability] of text.matchAll(/\/e\/([A-Za-z0-9_-]{32})/g)) secret(capability);
  else if (status >= 400 && left) appendFileSync(`${left}/refusals.txt`, `${text}\n`);
}

export const secrets = () => known.size;

// Where any of it is; the search fails if it does not find what it has planted.
export function leaks(paths) {
  const search = spawnSync("python3", [new URL("leaks.py", import.meta.url).pathname, file, ...paths], { encoding: "utf8" });
  return { found: search.status !== 0, said: `${search.stdout}${search.stderr}`.trim().split("\n") };
}
