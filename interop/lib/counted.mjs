// What a gateway holds that must not grow: things of one request, session, stream or process, and what the machine lends.
import { execFileSync } from "node:child_process";
import { readdirSync, readlinkSync } from "node:fs";
import { descendants, runs } from "./gateway.mjs";

// A closed episode is remembered, but not what it ran on.
const OF_THE_MOMENT = /^dev\.stepgate\.(adapter\.(Waiting|McpClient|McpConversation|StatelessListening|stdio\.\w+|http\.(Http(Exchange|Session)|EventAnswers))|environment\.(?!\w*(Manifest|Catalog))\w*Sandbox\w*|gateway\.(session\.(McpSession|EventLog|HeldRequests\$Held)|http\.(Exchange|EventStream|SessionStream|StatelessExchange|Mailbox|Door)|upstream\.(UpstreamLink|Listening|Upstreams\$OpenUpstreams)))$/;

// Needs a gateway that lets itself be asked: -XX:-DisableAttachMechanism. `url` is where it answers.
export async function counted(pid, url) {
  // Counting the objects collects those that nobody holds first.
  const histogram = execFileSync(`${process.env.JAVA_HOME}/bin/jcmd`, [String(pid), "GC.class_histogram"], { encoding: "utf8", maxBuffer: 1 << 26 });
  const things = {};
  for (const [, count, name] of histogram.matchAll(/^\s*\d+:\s+(\d+)\s+\d+\s+(\S+)/gm)) if (OF_THE_MOMENT.test(name)) things[name] = Number(count);
  things["bytes of objects"] = Number(histogram.match(/^Total\s+\d+\s+(\d+)/m)?.[1] ?? 0);
  const open = readdirSync(`/proc/${pid}/fd`).map((fd) => { try { return readlinkSync(`/proc/${pid}/fd/${fd}`).replace(/[:[/].*/, ""); } catch { return ""; } });
  things["open pipes"] = open.filter((kind) => kind === "pipe").length;
  things["open sockets"] = open.filter((kind) => kind === "socket").length;
  things["open files"] = open.filter((kind) => kind === "").length;
  things["child processes"] = descendants(pid).filter(runs).length;
  const text = await (await fetch(`${url}/q/metrics`)).text();
  const sum = (pattern) => [...text.matchAll(pattern)].reduce((total, [, value]) => total + Number(value), 0);
  things["pinned bytes of buffers"] = sum(/^netty_allocator_memory_pinned\{.*\} (\S+)$/gm);
  things["threads"] = sum(/^jvm_threads_live_threads (\S+)$/gm);
  return things;
}

// Connections that are kept for the next call, and threads that are about to end, are no leak.
const SLACK = { threads: 6, "open sockets": 12, "open files": 4, "pinned bytes of buffers": 65_536, "bytes of objects": 16 << 20 };

export const grown = (before, now) => Object.entries(now).filter(([what, count]) => count > (before[what] ?? 0) + (SLACK[what] ?? 0)).map(([what, count]) => `${what}: ${before[what] ?? 0} → ${count}`);
