-- Requests whose tokens are like BENCH_TOKEN but for their signatures: junk that is read to its end before it can be refused.
local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
local requests, at = {}, 0

function init()
  local good = os.getenv("BENCH_TOKEN")
  local said = good:match("^([^.]+%.[^.]+%.)")
  math.randomseed(42)
  for i = 1, 4000 do
    local signature = {}
    for j = 1, #good - #said - 1 do
      local letter = math.random(64)
      signature[j] = alphabet:sub(letter, letter)
    end
    -- The last letter of 256 bytes holds two bits only.
    requests[i] = wrk.format("GET", "/envs/echo/schema", { ["Host"] = "localhost", ["Authorization"] = "Bearer " .. said .. table.concat(signature) .. "A" })
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary)
  io.write(string.format('{"answers":%d,"refused":%d,"micros":%d,"lost":%d}\n', summary.requests, summary.errors.status, summary.duration,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
