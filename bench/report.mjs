// Figures as people read them: a table of all paths, then what Stepgate adds and how it compares.
const rounded = (value, digits = 0) => value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
const millis = (micros) => rounded(micros / 1000, 2);

// The round with the middle rate: one round as it was, not a mixture of three.
export function middle(rounds) {
  return [...rounds].sort((a, b) => a.perSecond - b.perSecond)[Math.floor(rounds.length / 2)];
}

export function table(paths, connections, figure) {
  const head = ["path", ...connections.flatMap((n) => [`calls/s at ${n}`, "p50 ms", "p99 ms", "CPU µs/call"])];
  const rows = paths.map((path) => [path.name, ...connections.flatMap((n) => cells(figure(path.name, n)))]);
  return markdown(head, rows);
}

const cells = (it) => (it ? [rounded(it.perSecond), millis(it.p50), millis(it.p99), rounded(it.cpu, 1)] : ["–", "–", "–", "–"]);

// What it costs to say with each request what a session says once.
const eras = ["stepgate → http", "stepgate, builtin", "stepgate → stdio"].map((name) => [`${name}, stateless`, name]);

export function ratios(connections, figure) {
  const head = ["comparison", ...connections.flatMap((n) => [`calls/s at ${n}`, "p50", "p99", "CPU per call"])];
  const pairs = [["stepgate → http", "direct"], ["stepgate → http", "nginx"], ["nginx", "direct"], ["stepgate → stdio", "mcp-proxy → stdio"], ["stepgate → stdio, stateless", "mcp-proxy → stdio"], ...eras];
  const rows = pairs
    .filter(([ours, theirs]) => connections.every((n) => figure(ours, n) && figure(theirs, n)))
    .map(([ours, theirs]) => [`${ours} : ${theirs}`, ...connections.flatMap((n) => compared(figure(ours, n), figure(theirs, n)))]);
  return markdown(head, rows);
}

const compared = (ours, theirs) => ["perSecond", "p50", "p99", "cpu"].map((what) => (theirs[what] > 0 ? `${rounded(ours[what] / theirs[what], 2)} ×` : "–"));

export function added(connections, figure) {
  const lines = [["stepgate → http", "direct"], ["nginx", "direct"], ["stepgate → stdio", "mcp-proxy → stdio"], ["stepgate → stdio, stateless", "mcp-proxy → stdio"]]
    .filter(([ours, theirs]) => connections.every((n) => figure(ours, n) && figure(theirs, n)))
    .map(([ours, theirs]) => [`${ours} against ${theirs}`, ...connections.map((n) => `${millis(figure(ours, n).p50 - figure(theirs, n).p50)} ms`)]);
  return markdown(["added p50", ...connections.map((n) => `at ${n}`)], lines);
}

export function markdown(head, rows) {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => [...row[column]].length)));
  const pad = (text, column) => (column === 0 ? text + " ".repeat(widths[column] - [...text].length) : " ".repeat(widths[column] - [...text].length) + text);
  const line = (row) => `| ${row.map(pad).join(" | ")} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}
