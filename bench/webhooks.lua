-- Sends prepared requests, one line each ("signature<tab>body"), at a steady rate on the whole: each connection waits a
-- random while before each of its requests, so that they come as strangers' calls do. Prints what it saw as JSON.
local threads, lines, at = {}, {}, 0
sent, wanted, odd = 0, 0, 0

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  path, mean_ms, expected = args[1], tonumber(args[3]), args[4]
  for line in io.lines(args[2]) do table.insert(lines, line) end
  math.randomseed(7)
end

function delay()
  return math.min(5 * mean_ms, -math.log(1 - math.random()) * mean_ms)
end

function request()
  at = at + 1
  local signature, body = lines[(at - 1) % #lines + 1]:match("^(.-)\t(.*)$")
  sent = at
  return wrk.format("POST", path, {
    ["Host"] = "bench.example",
    ["Content-Type"] = "application/x-www-form-urlencoded",
    ["X-Twilio-Signature"] = signature,
  }, body)
end

function response(status, headers, body)
  if status == 200 and body:find(expected, 1, true) then wanted = wanted + 1 else odd = odd + 1 end
end

function done(summary, latency, requests)
  local seen, strange = 0, 0
  for _, thread in ipairs(threads) do
    seen, strange = seen + thread:get("wanted"), strange + thread:get("odd")
  end
  local lost = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format(
    '\n{"p50_ms": %.3f, "p99_ms": %.3f, "most_ms": %.3f, "rate": %.1f, "answered": %d, "odd": %d, "lost": %d}\n',
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000,
    summary.requests / (summary.duration / 1e6), seen, strange, lost))
end
