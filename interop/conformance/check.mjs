// Runs the suites against the fixture directly, and through Stepgate with the fixture behind it in every way that it can stand
// there; what a scenario comes to must be the same. The summaries are kept whole in $INTEROP_WORK, and with INTEROP_WRITE=1
// the table in docs/mcp-conformance.md is written.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { assert, check, run } from "../lib/check.mjs";
import { fixture, gateway, home, node, start } from "./stand.mjs";

const here = new URL(".", import.meta.url).pathname;
const work = process.env.INTEROP_WORK ?? mkdtempSync(`${tmpdir()}/stepgate-conformance-`);
const cli = { "0.1.16": `${here}node_modules/conformance-0.1/dist/index.js`, "0.2.0-alpha.12": `${here}node_modules/@modelcontextprotocol/conformance/dist/index.js` };
const sets = {
  "0.1.16": { version: "0.1.16", args: ["--suite", "all"] },
  "2025-11-25": { version: "0.2.0-alpha.12", args: ["--requirements", "2025-11-25"] },
  "2026-07-28": { version: "0.2.0-alpha.12", args: ["--requirements", "2026-07-28"] },
};

// Where the fixture stands, and which sets make sense of it: those of the older revisions look at what only its sessions have.
const stands = {
  "http, stateless": { env: "conf", sets: ["2026-07-28"] },
  "http, sessions": { env: "conf-sessions", sets: ["0.1.16", "2025-11-25"] },
  "http, found out": { env: "conf-found", sets: ["0.1.16", "2025-11-25", "2026-07-28"] },
  "stdio, stateless": { env: "conf-stdio", sets: ["2026-07-28"] },
  "stdio, sessions": { env: "conf-stdio-sessions", sets: ["0.1.16", "2025-11-25"] },
};

// What must differ, and why. Anything else that differs is a failure.
const known = {
  "http, sessions/0.1.16/server-sse-polling": "a request that names no revision is taken by the fixture for one of 2025-03-26, by the gateway for one of its session's",
  "http, found out/0.1.16/server-sse-polling": "a stateless upstream has no stream to close and take up again",
  "http, found out/2025-11-25/server-sse-polling": "a stateless upstream has no stream to close and take up again",
  "stdio, sessions/0.1.16/server-sse-polling": "standard streams can not be closed and taken up again",
  "stdio, sessions/2025-11-25/server-sse-polling": "standard streams can not be closed and taken up again",
};

const results = {};

async function suite(place, url, set) {
  const { version, args } = sets[set];
  const child = start(node, [cli[version], "server", "--url", url, ...args], { cwd: work, stdio: ["ignore", "pipe", "ignore"] });
  let output = "";
  child.stdout.on("data", (data) => { output += data; });
  await new Promise((done) => child.on("close", done));
  const summary = output.slice(output.indexOf("=== SUMMARY"));
  writeFileSync(`${work}/conformance ${place} ${set}.txt`.replaceAll(", ", "-").replaceAll(" ", "-"), summary);
  const scenarios = {};
  for (const [, name, passed, failed] of summary.matchAll(/^[✓✗] (\S+): (\d+) passed, (\d+) failed/gm)) scenarios[name] = `${passed}/${failed}`;
  (results[place] ??= {})[set] = scenarios;
  return scenarios;
}

let direct, base;

check("the fixture and a gateway before it start", async () => {
  direct = await fixture();
  ({ base } = await gateway(direct));
}, 150);

for (const set of Object.keys(sets)) {
  check(`${set} runs against the fixture directly`, async () => {
    const scenarios = await suite("direct", direct, set);
    assert.ok(Object.keys(scenarios).length > 30, "the suite ran");
    const failing = Object.entries(scenarios).filter(([name, count]) => !count.endsWith("/0") && !name.startsWith("tasks-")).map(([name]) => name);
    assert.deepEqual(failing, [], "the fixture does all but the tasks extension");
  }, 300);
}

for (const [place, { env, sets: suited }] of Object.entries(stands)) {
  for (const set of suited) {
    check(`${set} comes to the same through the gateway: ${place}`, async () => {
      const scenarios = await suite(place, `${base}/envs/${env}/mcp`, set);
      const wanted = results.direct[set];
      const differences = Object.keys(wanted).filter((name) => scenarios[name] !== wanted[name] && !known[`${place}/${set}/${name}`]);
      assert.deepEqual(differences.map((name) => `${name}: ${scenarios[name]} instead of ${wanted[name]}`), []);
      assert.deepEqual(Object.keys(scenarios), Object.keys(wanted));
    }, 300);
  }
}

check("every difference that is known is there", async () => {
  const stale = Object.keys(known).filter((key) => {
    const [place, set, name] = key.split("/");
    return results[place]?.[set]?.[name] === results.direct?.[set]?.[name];
  });
  assert.deepEqual(stale, []);
  if (process.env.INTEROP_WRITE === "1") writeFileSync(`${home}docs/mcp-conformance.md`, table());
});

function table() {
  const total = (scenarios) => Object.values(scenarios).reduce(([p, f], count) => { const [a, b] = count.split("/").map(Number); return [p + a, f + b]; }, [0, 0]).join(" / ");
  const places = Object.keys(results);
  const rows = Object.keys(sets).map((set) => `| ${set} | ${places.map((place) => (results[place][set] ? total(results[place][set]) : "–")).join(" | ")} |`);
  const details = Object.keys(sets).flatMap((set) => [`\n## ${set}\n`, `| scenario | ${places.filter((place) => results[place][set]).join(" | ")} |`, `| --- |${" --- |".repeat(places.filter((place) => results[place][set]).length)}`,
    ...Object.keys(results.direct[set]).map((name) => `| ${name} | ${places.filter((place) => results[place][set]).map((place) => results[place][set][name] ?? "–").join(" | ")} |`)]);
  return `# MCP conformance\n\nWritten by \`INTEROP_WRITE=1 interop/run conformance\`: \`@modelcontextprotocol/conformance\` 0.1.16 and 0.2.0-alpha.12 against the\nfixture in \`interop/conformance\`, directly and through Stepgate. Checks passed / failed. The fixture does not have the tasks\nextension, which is not scored.\n\n| set | ${places.join(" | ")} |\n| --- |${" --- |".repeat(places.length)}\n${rows.join("\n")}\n\nKnown differences:\n\n${Object.entries(known).map(([key, why]) => `- ${key}: ${why}`).join("\n")}\n${details.join("\n")}\n`;
}

await run();
