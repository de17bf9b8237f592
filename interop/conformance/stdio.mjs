// The fixture over standard streams; STEPGATE_FIXTURE_ERA=legacy makes it a server of the older revisions alone.
import { StdioServerTransport, serveStdio } from "@modelcontextprotocol/server/stdio";
import { build, toldBy } from "./server.mjs";

if (process.env.STEPGATE_FIXTURE_ERA === "legacy") await build({ era: "legacy" }).connect(new StdioServerTransport());
else serveStdio(({ era }) => { const changed = {}; const server = build({ era, changed }); Object.assign(changed, toldBy(server)); return server; });
