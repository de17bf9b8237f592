// Recorded episodes played again, on the same environment and on one that lies once; the journal after a gateway was killed.
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { promisify } from "node:util";
import { assert, check, run } from "../lib/check.mjs";
import { startGateway, until } from "../lib/gateway.mjs";

const here = new URL(".", import.meta.url).pathname;
const home = new URL("../..", import.meta.url).pathname;
const full = process.env.INTEROP_FULL === "1";
const EPISODES = full ? 1000 : 12;
const KILLS = full ? 200 : 5;
const CALLS = 6;
const seed = Number(process.env.JOURNAL_SEED ?? Math.floor(Math.random() * 1e6));
const left = process.env.INTEROP_LEFT ?? tmpdir();

let state = seed || 1;
const random = (below) => { state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff; return Math.floor((state / 0x80000000) * below); };

async function stepgate(...args) {
  const { stdout } = await promisify(execFile)(`${home}stepgate`, args, { maxBuffer: 64 << 20 }).catch((problem) => problem.stdout === undefined ? Promise.reject(problem) : problem);
  return stdout;
}

async function opened(gateway) {
  await until(async () => (await (await fetch(`${gateway.url}/envs/oracle`)).json()).available, "the oracle is available", 60);
  return gateway;
}

async function send(url, body, method = "POST") {
  const answer = await fetch(url, { method, headers: { "content-type": "application/json" }, body: body && JSON.stringify(body), signal: AbortSignal.timeout(30000) });
  const text = await answer.text();
  return text ? JSON.parse(text) : undefined;
}

const step = (episode, tool, args) => send(`${episode.base_url}/step`, { action: { type: "call_tool", tool_name: tool, arguments: args } });

// Numbers are never asked for twice, so that a lie about one of them is told once. Of six calls one guesses and one is denied now and then.
async function play(gateway, index) {
  const episode = await send(`${gateway.url}/episodes`, { env: "oracle", seed: index });
  for (let i = 0; i < CALLS; i++) {
    const n = index * CALLS + i;
    if (i === 3) await step(episode, "guess", { n });
    else await step(episode, "ask", { n: i === 5 && index % 4 === 0 ? 2000000 + n : n });
  }
  await send(`${gateway.url}/episodes/${episode.episode_id}`, undefined, "DELETE");
}

async function inTurn(count, at_once, work) {
  let next = 0;
  await Promise.all(Array.from({ length: at_once }, async () => { while (next < count) await work(next++); }));
}

let recordings;
check(`${EPISODES} recorded episodes come out as they were recorded`, async () => {
  const gateway = await opened(await startGateway({ env: "oracle", from: here }));
  await inTurn(EPISODES, 8, (index) => play(gateway, index));
  recordings = mkdtempSync(`${left}/recordings-`);
  cpSync(`${gateway.data}/journal`, recordings, { recursive: true });
  const said = await stepgate("replay", recordings, "--url", gateway.url);
  assert.match(said, new RegExp(`^${EPISODES} episodes with ${EPISODES * CALLS} calls were played again, 0 of their calls and resets came out differently`, "m"));
  gateway.kill("SIGTERM");
  await gateway.ended;
  assert.match(await stepgate("journal", "verify", `${gateway.data}/journal`), /^intact/);
}, full ? 1800 : 120);

check("of an environment that lies about one number exactly that call is named", async () => {
  const lies = mkdtempSync(`${tmpdir()}/stepgate-lies-`);
  cpSync(`${here}environments`, `${lies}/environments`, { recursive: true });
  cpSync(`${here}policies`, `${lies}/policies`, { recursive: true });
  const about = [4, 1, 0].map((i) => (EPISODES - 3) * CALLS + i).find((n) => n % 13 !== 5);
  const manifest = `${lies}/environments/oracle/openenv.yaml`;
  writeFileSync(manifest, readFileSync(manifest, "utf8").replace("args: [", `env: { LIE: "${about}" }\n        args: [`));
  const gateway = await opened(await startGateway({ env: "oracle", from: lies }));
  const said = (await stepgate("replay", recordings, "--url", gateway.url)).trim().split("\n");
  gateway.kill("SIGTERM");
  await gateway.ended;
  assert.equal(said.length, 2, said.join("\n"));
  assert.match(said[0], /run 0 {2}call \d ask {2}\/observation\/.*now .*another word/);
  assert.match(said[1], /, 1 of their calls and resets came out differently/);
}, full ? 1800 : 120);

// Everything that was answered must be on file. What a line says after the last complete one is no record.
function answersOnFile(journal) {
  const answers = new Set();
  for (const name of readdirSync(journal, { recursive: true })) {
    if (!name.endsWith(".jsonl") || name === "checkpoints.jsonl") continue;
    const intents = new Map();
    for (const line of readFileSync(`${journal}/${name}`, "utf8").split("\n")) {
      let record;
      try { record = JSON.parse(line); } catch { continue; }
      if (record.type === "intent") intents.set(record.call, record.arguments.n);
      if (record.type === "step") answers.add(intents.get(record.call));
    }
  }
  return answers;
}

check(`a gateway that is killed ${KILLS} times under load has every call on file that it answered, and starts again`, async () => {
  const answered = [], starts = [];
  let data;
  for (let kill = 0; kill < KILLS; kill++) {
    const begun = performance.now();
    const gateway = await startGateway({ env: "oracle", from: here, ...(data ? { data } : {}) });
    starts.push(performance.now() - begun);
    data = gateway.data;
    await opened(gateway);
    const before = answered.length;
    const workers = Array.from({ length: 4 }, async (_, worker) => {
      try {
        const episode = await send(`${gateway.url}/episodes`, { env: "oracle" });
        for (let i = 0; ; i++) {
          const n = 1000 + kill * 4000 + worker * 1000 + (i % 1000);
          if (n % 13 === 5) continue;
          const reply = await step(episode, "guess", { n });
          if (reply.observation?.result) answered.push(n);
        }
      } catch { /* the gateway is gone */ }
    });
    // Every other time it dies amid calls, else while its first episodes may still be opening.
    if (kill % 2) await until(async () => answered.length > before, "a call is answered", 30);
    await new Promise((done) => setTimeout(done, 50 + random(600)));
    gateway.kill("SIGKILL");
    await gateway.ended;
    await Promise.all(workers);
  }
  assert.ok(answered.length > KILLS * 4, `${answered.length} calls were answered`);
  const onFile = answersOnFile(`${data}/journal`);
  assert.deepEqual(answered.filter((n) => !onFile.has(n)), []);
  const said = await stepgate("journal", "verify", `${data}/journal`);
  assert.match(said, /^intact/);
  starts.sort((a, b) => a - b);
  console.log(`# ${answered.length} calls were answered before ${KILLS} kills, all are on file; seed ${seed}; a start took ${Math.round(starts[starts.length >> 1])} ms at the median, ${Math.round(starts.at(-1))} ms at most; ${said.trim()}`);
  assert.ok(starts.at(-1) < 30000, "a start takes half a minute");
}, full ? 3000 : 180);

await run();
