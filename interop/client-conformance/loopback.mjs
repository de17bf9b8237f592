// Preloaded into the conformance suites: the servers of their scenarios would listen on every interface. Those ask for their
// port in the next line, so that a host name, which is looked up first, would be too late: they are given a bound handle.
import net from "node:net";

const { TCP, constants } = process.binding("tcp_wrap");
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (...args) {
  if (typeof args[0] !== "number" || typeof args[1] === "string") return listen.apply(this, args);
  const handle = new TCP(constants.SERVER);
  const failed = handle.bind("127.0.0.1", args[0]);
  if (failed) throw new Error(`no port of the loopback interface: ${failed}`);
  return listen.call(this, handle, ...args.slice(1));
};
