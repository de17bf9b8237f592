-- One tools/call of about 190 bytes with headers; the session was opened before and comes in by the environment.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Accept"] = "application/json, text/event-stream"
local session = os.getenv("MCP_SESSION")
if session and session ~= "" then wrk.headers["Mcp-Session-Id"] = session end
wrk.headers["MCP-Protocol-Version"] = "2025-11-25"
wrk.body = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"' .. os.getenv("MCP_TOOL") .. '","arguments":{"message":"the quick brown fox jumps over the lazy dog"}}}'
local bad = 0
function setup(thread) thread:set("bad", 0) end
function response(status, headers, body)
  if status ~= 200 or not string.find(body, "lazy dog", 1, true) then bad = bad + 1; wrk.thread:set("bad", bad) end
end
function done(summary, latency, requests)
  io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout))
end
