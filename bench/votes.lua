-- wrk: every thread goes through its own share of the participants, each voting on one item after another, so that
-- nearly every request inserts a row. Arguments: file of session cookies, file of items, origin, path ("vote" or fixed).
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

local function lines(name)
  local found = {}
  for line in io.lines(name) do found[#found + 1] = line end
  return found
end

function init(arguments)
  cookies, items = lines(arguments[1]), lines(arguments[2])
  origin, fixed = arguments[3], arguments[4]
  share = math.floor(#cookies / tonumber(arguments[5]))
  round, place = 0, 0
end

function request()
  place = place + 1
  if place > share then place, round = 1, round + 1 end
  local headers = { ["Content-Type"] = "application/json", ["Origin"] = origin, ["Sec-Fetch-Site"] = "same-site" }
  local participant = number * share + place
  headers["Cookie"] = cookies[participant]
  if fixed ~= "vote" then return wrk.format("POST", fixed, headers, '{"choice":"agree"}') end
  local item = items[(participant + round) % #items + 1]
  return wrk.format("PUT", "/v1/contributions/" .. item .. "/vote", headers, '{"choice":"agree"}')
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"requests":%d,"microseconds":%d,"failed":%d,"p50_ms":%.3f,"p99_ms":%.3f}\n',
    summary.requests, summary.duration, errors.status + errors.read + errors.write + errors.timeout + errors.connect,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
