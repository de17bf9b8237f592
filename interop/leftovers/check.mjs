// What sandboxes leave on the machine: nothing. node check.mjs DRIVER FOLDER: a folder that nobody else writes to, and the driver
// that the gateway takes by the PATH that it is given.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { assert, check, run } from "../lib/check.mjs";
import { counted, grown } from "../lib/counted.mjs";
import { commandLine, descendants, post, runs, session, startGateway, until } from "../lib/gateway.mjs";

const [driver, folder] = process.argv.slice(2);
const CYCLES = process.env.INTEROP_FULL === "1" ? 1000 : 80;
const CROWD = 60;
const AT_ONCE = 8;

// In the arguments of all that runs in these sandboxes, so that it is found whoever its parent is.
const mark = `mark-${process.pid}-${Date.now()}`;
cpSync("environments", `${folder}/environments`, { recursive: true });
cpSync("policies", `${folder}/policies`, { recursive: true });
mkdirSync(`${folder}/tmp`);
const manifest = `${folder}/environments/settlers/openenv.yaml`;
writeFileSync(manifest, readFileSync(manifest, "utf8").replace("MARK", mark));

const options = { env: "settlers", from: folder, data: folder, variables: { STEPGATE_JAVA_OPTIONS: `-Xmx512m -XX:-DisableAttachMechanism -Djava.io.tmpdir=${folder}/tmp` } };
let gateway, base;

const settlers = () => readdirSync("/proc").filter((name) => /^\d+$/.test(name) && commandLine(name).includes(mark) && runs(name)).map(Number);
const lines = (file) => readFileSync(file, "utf8").trim().split("\n").length;

function below(root, depth, matches) {
  if (depth === 0 || !existsSync(root)) return [];
  const found = readdirSync(root, { withFileTypes: true });
  return found.flatMap((entry) => [...(matches(entry) ? [`${root}/${entry.name}`] : []), ...(entry.isDirectory() ? below(`${root}/${entry.name}`, depth - 1, matches) : [])]);
}
// A group is named after the process of its gateway.
const groups = () => below("/sys/fs/cgroup", 8, (entry) => entry.isDirectory() && entry.name.startsWith("stepgate-"));
const files = () => below(`${folder}/tmp`, 4, (entry) => !entry.name.startsWith("hsperfdata")).concat(below("/dev/shm", 2, (entry) => entry.name.startsWith("stepgate")));

const machine = async () => ({ ...(await counted(gateway.pid, gateway.url)), "processes of sandboxes": settlers().length, "control groups": groups().length, "files and folders": files().length, mounts: lines("/proc/self/mountinfo") });
const asBefore = async (seconds) => {
  let more;
  await until(async () => { more = grown(base, await machine()); if (more.length) await new Promise((done) => setTimeout(done, 2000)); return more.length === 0; }, "", seconds).catch(() => assert.fail(more.join(", ")));
};

async function settled() {
  const opened = await post(`${gateway.url}/episodes`, { env: "settlers" });
  assert.equal(opened.status, 201, opened.text);
  const agent = await session(opened.json.mcp_url, "2025-11-25", false);
  const remove = async () => assert.equal((await fetch(`${gateway.url}/episodes/${opened.json.episode_id}`, { method: "DELETE" })).status, 204);
  try {
    assert.equal((await agent.call("settle", {})).json?.result?.content[0].text, "settled");
    return { agent, remove };
  } catch (problem) {
    await remove();
    throw problem;
  }
}

async function crowd() {
  const episodes = await Promise.all(Array.from({ length: CROWD }, settled));
  // The server, and two daemons that have left it.
  assert.ok(settlers().length >= 3 * CROWD, `${settlers().length} processes of ${CROWD} sandboxes`);
  return episodes;
}

async function endAll(episodes) {
  await Promise.all(episodes.map(async (episode) => { await episode.agent.end(); await episode.remove(); }));
  await until(() => settlers().length === 0, "their processes are gone", 20);
}

check(`${CROWD} sessions at once, each with daemons, and nothing of them a moment after their end`, async () => {
  gateway = await startGateway(options);
  const entry = await until(async () => { const entry = await (await fetch(`${gateway.url}/envs/settlers`)).json(); return entry.available && entry; }, "settlers are served", 60);
  assert.equal(entry.driver, driver);
  await endAll(await crowd());
  base = await machine();
  await endAll(await crowd());
  await asBefore(60);
}, 240);

const ENDS = {
  "its DELETE": (episode) => episode.remove(),
  "the end of its server": async (episode) => { await episode.agent.call("end", {}); await episode.remove(); },
  "the DELETE during a call": async (episode) => { const call = episode.agent.call("settle", {}); await episode.remove(); await call.catch(() => {}); },
  "kill -9 of one of its processes": async (episode) => { try { process.kill(settlers().at(Math.random() * -4), "SIGKILL"); } catch { /* it has just ended */ } await episode.remove(); },
};

check(`${CYCLES} sandboxes started and ended, in four ways: processes, files, mounts, groups, descriptors, memory are as before`, async () => {
  let left = CYCLES;
  const killed = [];
  const ways = Object.values(ENDS);
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    // One whose process another way has just killed is over; that it is gone is what counts.
    while (left-- > 0) { const episode = await settled().catch((problem) => { killed.push(problem.message); }); if (episode) await ways[left & 3](episode); }
  }));
  await until(() => settlers().length === 0, "their processes are gone", 20);
  assert.ok(killed.length < CYCLES / 8, `${killed.length} could not begin, at first: ${killed[0]}`);
  // Nobody has ended the sessions: they end a minute after their episodes.
  await asBefore(120);
}, 3600);

check("kill -9 of the gateway ends what it ran; the next one finds and removes the rest, and serves", async () => {
  await crowd();
  const processes = [...new Set([...settlers(), ...descendants(gateway.pid)])];
  gateway.kill();
  await gateway.ended;
  await until(() => processes.every((pid) => !runs(pid)), "all of its processes are gone", 20);
  gateway = await startGateway(options);
  await until(async () => (await (await fetch(`${gateway.url}/envs/settlers`)).json()).available, "settlers are served", 60);
  await endAll([await settled()]);
  const now = await machine();
  for (const what of ["control groups", "files and folders", "mounts", "child processes"]) assert.ok(now[what] <= base[what], `${what}: ${base[what]} → ${now[what]}`);
}, 240);

check("SIGTERM of the gateway leaves nothing at all", async () => {
  await crowd();
  const processes = [...new Set([...settlers(), ...descendants(gateway.pid)])];
  gateway.kill("SIGTERM");
  await gateway.ended;
  await until(() => processes.every((pid) => !runs(pid)), "all of its processes are gone", 20);
  assert.deepEqual([groups(), files()], [[], []], "control groups, files");
}, 180);

await run();
