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
let gateway, base, idle, kills = 0;

const settlers = () => readdirSync("/proc").filter((name) => /^\d+$/.test(name) && commandLine(name).includes(mark) && runs(name)).map(Number);
const lines = (file) => readFileSync(file, "utf8").trim().split("\n").length;

function below(root, depth, matches) {
  if (depth === 0 || !existsSync(root)) return [];
  const found = readdirSync(root, { withFileTypes: true });
  return found.flatMap((entry) => [...(matches(entry) ? [`${root}/${entry.name}`] : []), ...(entry.isDirectory() ? below(`${root}/${entry.name}`, depth - 1, matches) : [])]);
}
// Of the gateways that were started here, by the process that they were: others may run on this machine.
const gateways = [];
const groups = () => below("/sys/fs/cgroup", 8, (entry) => entry.isDirectory() && gateways.some((pid) => entry.name.startsWith(`stepgate-${pid}-`)));
const owned = (home) => { try { return gateways.includes(Number(readFileSync(`${home}/owner`, "utf8").split(" ")[0])); } catch { return false; } };
const files = () => below(`${folder}/tmp`, 4, (entry) => !entry.name.startsWith("hsperfdata")).concat(below("/dev/shm", 1, (entry) => entry.name.startsWith("stepgate-")).filter(owned));

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
  assert.ok(settlers().length >= 3 * CROWD + idle, `${settlers().length} processes of ${CROWD} sandboxes`);
  return episodes;
}

// But for the two that wait for the next.
const allGone = () => until(() => settlers().length === idle, `their processes are gone, and ${idle} are of those that wait`, 20);

async function endAll(episodes) {
  await Promise.all(episodes.map(async (episode) => { await episode.agent.end(); await episode.remove(); }));
  await allGone();
}

async function served() {
  const entry = await until(async () => { const found = await (await fetch(`${gateway.url}/envs/settlers`)).json(); return found.available && found; }, "settlers are served", 60);
  assert.equal(entry.driver, driver);
  // Nothing is claimed now: two are started and then no more.
  let before = -1;
  idle = await until(async () => { const now = settlers().length, same = now === before; before = now; await new Promise((done) => setTimeout(done, 1500)); return same && now; }, "two wait", 30);
}

check(`${CROWD} sessions at once, each with daemons, and nothing of them a moment after their end`, async () => {
  gateways.push((gateway = await startGateway(options)).pid);
  await served();
  await endAll(await crowd());
  base = await machine();
  await endAll(await crowd());
  await asBefore(60);
}, 240);

check("a run takes one that waits, and no other run ever does", async () => {
  const waiting = settlers();
  const [first, second] = [await settled(), await settled()];
  const taken = settlers();
  assert.ok(waiting.every((pid) => taken.includes(pid)), "those that waited are not ended");
  await endAll([first, second]);
  assert.deepEqual(settlers().filter((pid) => waiting.includes(pid)), [], "what a run has used");
}, 60);

check("one that waited and was killed costs no run", async () => {
  for (let round = 0; round < 10; round++) {
    const waiting = settlers();
    for (const pid of waiting) try { process.kill(pid, "SIGKILL"); } catch { /* it ended with another */ }
    await until(() => settlers().every((pid) => !waiting.includes(pid)), "they are dead", 5);
    for (let run = 0; run < 3; run++) await (await settled()).remove();
  }
  await allGone();
}, 120);

const ENDS = {
  "its DELETE": (episode) => episode.remove(),
  "the end of its server": async (episode) => { await episode.agent.call("end", {}); await episode.remove(); },
  "the DELETE during a call": async (episode) => { const call = episode.agent.call("settle", {}); await episode.remove(); await call.catch(() => {}); },
  "kill -9 of one of its processes": async (episode) => { const all = settlers(); kills++; try { process.kill(all[Math.floor(Math.random() * all.length)], "SIGKILL"); } catch { /* it has just ended */ } await episode.remove(); },
};

check(`${CYCLES} sandboxes started and ended, in four ways: processes, files, mounts, groups, descriptors, memory are as before`, async () => {
  let left = CYCLES;
  const killed = [];
  const ways = Object.values(ENDS);
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    // One whose process another way has just killed is over; that it is gone is what counts.
    while (left-- > 0) { const episode = await settled().catch((problem) => { killed.push(problem.message); }); if (episode) await ways[left & 3](episode); }
  }));
  // One that waited may have been killed as well; the next runs find that out.
  for (let round = 0; round < 3; round++) await (await settled()).remove();
  await allGone();
  // Whose sandbox it was is chance: a kill may have hit one that was just starting, but no more than one.
  assert.ok(killed.length <= kills, `${killed.length} could not begin after ${kills} kills, at first: ${killed[0]}`);
  // Nobody has ended the sessions: they end a minute after their episodes.
  await asBefore(120);
}, 3600);

check("kill -9 of the gateway ends what it ran; the next one finds and removes the rest, and serves", async () => {
  await crowd();
  const processes = [...new Set([...settlers(), ...descendants(gateway.pid)])];
  gateway.kill();
  await gateway.ended;
  await until(() => processes.every((pid) => !runs(pid)), "all of its processes are gone", 20);
  gateways.push((gateway = await startGateway(options)).pid);
  await served();
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

process.on("exit", () => gateway?.kill());
await run();
