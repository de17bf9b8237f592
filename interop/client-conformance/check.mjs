// The client scenarios of the suites, with the client in interop/conformance/client.mjs connected to the scenario's server, and
// with a gateway between the two. What the server saw must be the same. With INTEROP_WRITE=1 docs/mcp-client-conformance.md is
// written.
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { assert, check, run } from "../lib/check.mjs";

const home = new URL("../..", import.meta.url).pathname;
const suites = `${home}interop/conformance/`;
const cli = { "0.1.16": `${suites}node_modules/conformance-0.1/dist/index.js`, "0.2.0-alpha.12": `${suites}node_modules/@modelcontextprotocol/conformance/dist/index.js` };
const older = ["initialize", "tools_call", "elicitation-sep1034-client-defaults", "sse-retry"];
const sets = [
  { set: "0.1.16", version: "0.1.16", args: [], scenarios: older },
  { set: "2025-11-25", version: "0.2.0-alpha.12", args: ["--spec-version", "2025-11-25"], scenarios: [...older, "json-schema-2020-12-preservation"] },
  {
    set: "2026-07-28",
    version: "0.2.0-alpha.12",
    args: ["--spec-version", "2026-07-28"],
    scenarios: ["tools_call", "request-metadata", "http-standard-headers", "http-custom-headers", "http-invalid-tool-headers", "json-schema-ref-no-deref", "json-schema-2020-12-preservation", "sep-2322-client-request-state"],
  },
];

// Scenarios that look at what no gateway has a part in, by the beginning of their names.
const apart = {
  "auth/": "they look at how a client gets a token for a server that wants OAuth; through Stepgate that server is Stepgate, and what it attaches upstream comes from its own credentials",
  "sep-2640-client-": "they look at what a client does with the files of a skill once it has read them",
};

// What must differ, and why. Anything else that differs is a failure.
const known = {
  "2026-07-28/request-metadata": "discovery and lists are the gateway's own requests, and it declares for an agent nothing there: three checks of what is declared have nothing to look at",
  "2026-07-28/http-custom-headers": "the call whose argument is null where the tool's schema says boolean is refused before it leaves: arguments are held to the schema",
  "2026-07-28/sep-2322-client-request-state": "the official client takes a result without `resultType` for an error; through Stepgate, which says what such a result is, there is none",
};

const results = {};

function once({ version, args }, scenario, between) {
  const command = ["client", "--command", `${process.execPath} ${suites}client.mjs`, "--scenario", scenario, "--timeout", "110000", ...args];
  const env = { ...process.env, NODE_OPTIONS: `--import=${home}interop/client-conformance/loopback.mjs`, STEPGATE_BETWEEN: between ? "1" : "0" };
  return new Promise((done) => {
    execFile(process.execPath, [cli[version], ...command], { env, timeout: 120_000 }, (_, output, said) => {
      const [, passed, all, failed] = `${output}${said}`.match(/Passed: (\d+)\/(\d+), (\d+) failed/) ?? [];
      const ended = /CLIENT EXITED WITH ERROR|TIMED OUT/i.test(`${output}${said}`);
      done(all === undefined ? "no result" : `${passed}/${failed}${ended ? ", the client failed" : ""}`);
    });
  });
}

for (const each of sets) {
  for (const scenario of each.scenarios) {
    const key = `${each.set}/${scenario}`;
    check(`${key} comes to the same directly and through the gateway`, async () => {
      const [direct, through] = await Promise.all([once(each, scenario, false), once(each, scenario, true)]);
      results[key] = { direct, through };
      assert.match(direct, known[key] ? /^[1-9]\d*\/0/ : /^[1-9]\d*\/0$/, "the client does what the scenario wants");
      if (known[key]) assert.notEqual(through, direct, "the difference is known");
      else assert.equal(through, direct);
    }, 150);
  }
}

for (const version of Object.keys(cli)) {
  check(`every client scenario of ${version} is run or named`, async () => {
    const listed = await new Promise((done) => execFile(process.execPath, [cli[version], "list", "--client"], (_, output) => done([...output.matchAll(/^ +- (\S+)/gm)].map(([, name]) => name))));
    assert.ok(listed.length > 20);
    const run = new Set(sets.filter((each) => each.version === version).flatMap((each) => each.scenarios));
    assert.deepEqual(listed.filter((name) => !run.has(name) && !Object.keys(apart).some((start) => name.startsWith(start))), []);
  });
}

check("the document is written where that is asked for", async () => {
  if (process.env.INTEROP_WRITE === "1") writeFileSync(`${home}docs/mcp-client-conformance.md`, table());
});

function table() {
  const rows = Object.entries(results).map(([key, { direct, through }]) => { const [set, ...name] = key.split("/"); return `| ${set} | ${name.join("/")} | ${direct} | ${through} |`; });
  const list = (reasons) => Object.entries(reasons).map(([key, why]) => `- ${key}: ${why}`).join("\n");
  return `# MCP conformance of Stepgate as a client\n\nWritten by \`INTEROP_WRITE=1 interop/run client-conformance\`: the client scenarios of \`@modelcontextprotocol/conformance\` 0.1.16 and\n0.2.0-alpha.12 with a client of \`@modelcontextprotocol/client\` 2.4.0, connected to the scenario's server directly, and with Stepgate\nbetween the two. Checks passed / failed.\n\n| set | scenario | direct | through Stepgate |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n\nKnown differences:\n\n${list(known)}\n\nNot run, because no gateway has a part in what they look at:\n\n${list(apart)}\n`;
}

await run();
