-- One tool call a request: BENCH_BODY with BENCH_HEADERS. Ids differ, since calls of one session run at the same time, and all
-- have nine digits, so that every request and every answer of a run has the same length.
local before, after
local id = 100000000

function init()
  local body = os.getenv("BENCH_BODY")
  local headers = { ["Host"] = wrk.headers["Host"] }
  for name, value in os.getenv("BENCH_HEADERS"):gmatch("([^:\n]+): ([^\n]*)\n") do
    headers[name] = value
  end
  local whole = wrk.format("POST", nil, headers, body)
  local from, to = whole:find("123456789", 1, true)
  before, after = whole:sub(1, from - 1), whole:sub(to + 1)
end

function request()
  id = id + 1
  return before .. id .. after
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"calls":%d,"micros":%d,"bytes":%d,"p50":%d,"p99":%d,"errors":%d}\n',
    summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
