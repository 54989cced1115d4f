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

-- The request is formatted once and cut where the item and the cookie go. The generator shares the machine with what it
-- measures: formatting each request costs it 5 microseconds more, of 18.
function init(arguments)
  cookies, items = lines(arguments[1]), lines(arguments[2])
  local origin, path = arguments[3], arguments[4]
  share = math.floor(#cookies / tonumber(arguments[5]))
  round, place = 0, 0
  local headers = {
    ["Content-Type"] = "application/json", ["Origin"] = origin, ["Sec-Fetch-Site"] = "same-site", ["Cookie"] = "COOKIE",
  }
  voting = path == "vote"
  local method = voting and "PUT" or "POST"
  if voting then path = "/v1/contributions/ITEM/vote" end
  local whole = wrk.format(method, path, headers, '{"choice":"agree"}')
  start, tail = whole:match("^(.*)COOKIE(.*)$")
  if voting then start, middle = start:match("^(.-)ITEM(.*)$") end
end

function request()
  place = place + 1
  if place > share then place, round = 1, round + 1 end
  local participant = number * share + place
  if not voting then return start .. cookies[participant] .. tail end
  return start .. items[(participant + round) % #items + 1] .. middle .. cookies[participant] .. tail
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"requests":%d,"microseconds":%d,"failed":%d,"p50_ms":%.3f,"p99_ms":%.3f}\n',
    summary.requests, summary.duration, errors.status + errors.read + errors.write + errors.timeout + errors.connect,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
