// Writes the table of driver and attack from the lines of a run. Arguments: the lines, the page.
import { readFileSync, writeFileSync } from "node:fs";
import { release } from "node:os";

const [, , from, to] = process.argv;
const rows = new Map();
const columns = new Set();
for (const line of readFileSync(from, "utf8").trim().split("\n")) {
  const [user, driver, id, what, breaks, result] = line.split("\t");
  const column = `${driver}, ${user}`;
  columns.add(column);
  const row = rows.get(id) ?? { what, breaks, results: {} };
  row.results[column] = result;
  rows.set(id, row);
}
const heads = [...columns].sort();
const cells = (list) => `| ${list.join(" | ")} |`;
const lines = [
  "# Attacks and drivers",
  "",
  "Written by `interop/run isolation`. Each attack first runs unguarded on planted targets, to show that it works, and then in a sandbox",
  "of each driver, by a gateway that is root and by one that is not. What counts is the effect. *held, no control*: it does not work",
  "unguarded either, for that user on that machine. *not held, not claimed*: the driver does not promise it, and an environment that",
  "requires it is not started.",
  "",
  `Machine: Linux ${release().split("-")[0]}, ${process.arch}.`,
  "",
  cells(["attack", "tries to", "would break", ...heads]),
  cells(["---", "---", "---", ...heads.map(() => "---")]),
  ...[...rows].map(([id, row]) => cells([id, row.what, `\`${row.breaks}\``, ...heads.map((head) => row.results[head] ?? "")])),
  "",
];
writeFileSync(to, lines.join("\n"));
