// Junk tokens as fast as they can be sent: requests one behind the other on a few connections, each with another signature.
// They are made before anything is measured, so that what is measured is the gateway and not the making of junk.
import { randomBytes } from "node:crypto";
import net from "node:net";

const PIPELINED = 50;
const BATCHES = 200;

// The same requests to a path that looks at no token show what generator and server can do at all.
export function flood(url, good, { connections, milliseconds, path = "/envs/echo/schema", status = "401" }) {
  const { hostname, port } = new URL(url);
  const [head, payload] = good.split(".");
  const batches = Array.from({ length: BATCHES }, () => {
    let requests = "";
    for (let i = 0; i < PIPELINED; i++) {
      requests += `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${head}.${payload}.${randomBytes(256).toString("base64url")}\r\n\r\n`;
    }
    return Buffer.from(requests, "latin1");
  });
  let next = 0;
  const wanted = Buffer.from(`HTTP/1.1 ${status}`), any = Buffer.from("HTTP/1.1 ");
  const one = () => new Promise((done) => {
    const counts = { refused: 0, other: 0 };
    const end = performance.now() + milliseconds;
    let waiting = 0, rest = Buffer.alloc(0);
    const send = () => { waiting += PIPELINED; socket.write(batches[next++ % BATCHES]); };
    const socket = net.connect(Number(port), hostname, send);
    socket.on("data", (chunk) => {
      const text = rest.length ? Buffer.concat([rest, chunk]) : chunk;
      let at = text.indexOf(any);
      // A status line that is not whole is counted with the next piece.
      for (; at >= 0 && at + wanted.length <= text.length; at = text.indexOf(any, at + any.length)) {
        waiting--;
        if (text.compare(wanted, 0, wanted.length, at, at + wanted.length) === 0) counts.refused++;
        else counts.other++;
      }
      rest = at >= 0 ? text.subarray(at) : text.subarray(Math.max(0, text.length - any.length + 1));
      if (waiting > 0) return;
      if (performance.now() >= end) socket.destroy();
      else send();
    });
    socket.setTimeout(milliseconds + 30000, () => socket.destroy());
    socket.on("error", () => {});
    socket.on("close", () => done(counts));
  });
  const began = performance.now();
  return Promise.all(Array.from({ length: connections }, one)).then((all) => {
    const sum = (key) => all.reduce((total, counts) => total + counts[key], 0);
    return { refused: sum("refused"), other: sum("other"), rate: Math.round(sum("refused") / ((performance.now() - began) / 1000)) };
  });
}
