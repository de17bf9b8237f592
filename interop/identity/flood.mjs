// Junk tokens as fast as they can be sent: requests one behind the other on a few connections, each with another signature.
import { randomBytes } from "node:crypto";
import net from "node:net";

const PIPELINED = 50;

export function flood(url, good, connections, milliseconds) {
  const { hostname, port } = new URL(url);
  const [head, payload] = good.split(".");
  const junk = () => {
    let requests = "";
    for (let i = 0; i < PIPELINED; i++) {
      requests += `GET /envs/echo/schema HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${head}.${payload}.${randomBytes(256).toString("base64url")}\r\n\r\n`;
    }
    return requests;
  };
  const one = () => new Promise((done) => {
    const counts = { refused: 0, other: 0 };
    const end = Date.now() + milliseconds;
    const socket = net.connect(Number(port), hostname, () => socket.write(junk()));
    let waiting = PIPELINED, rest = "";
    socket.on("data", (chunk) => {
      const statuses = (rest + chunk.toString("latin1")).split(/HTTP\/1\.1 (?=\d{3})/);
      rest = statuses.pop();
      // The last one may not be whole; it is counted with the next piece.
      for (const status of statuses) if (/^\d{3}/.test(status)) count(status);
      rest = `HTTP/1.1 ${rest}`.replace("HTTP/1.1 HTTP/1.1 ", "HTTP/1.1 ");
      if (waiting <= 1) {
        if (Date.now() >= end) return socket.destroy();
        waiting += PIPELINED;
        socket.write(junk());
      }
    });
    const count = (status) => { waiting--; if (status.startsWith("401")) counts.refused++; else counts.other++; };
    socket.setTimeout(milliseconds + 30000, () => socket.destroy());
    socket.on("error", () => {});
    socket.on("close", () => done(counts));
  });
  return Promise.all(Array.from({ length: connections }, one)).then((all) => ({
    refused: all.reduce((sum, { refused }) => sum + refused, 0),
    other: all.reduce((sum, { other }) => sum + other, 0),
  }));
}
