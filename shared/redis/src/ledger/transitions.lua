-- The states of a campaign's recipients and the only function that changes them. Placed before each
-- script of this folder that moves recipients, so that every byte and every counter changes here.
--
-- KEYS   1 ledger: hash of facts and counters     2 states: one byte per channel and recipient, at
--        channel * total + ordinal                3 holds: hash <channel>:<ordinal> -> <claim>:<until>
--        4 open: set of chunks handed to a queue  5 done: bitmap of chunks that are mirrored
-- A byte is state + 16 * attempts. A hold names who may commit a claimed recipient and until when the
-- claim lasts, or (claim 0) when a recipient in retry-wait falls due. Times are ms of this server.
-- Atomic, because a counter and the byte that it counts must never be seen apart.
-- Bounded by the range that a script loads: a chunk, or a slice of some thousand recipients.
local LEDGER, STATES, HOLDS, OPEN, DONE = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]

local PENDING, CLAIMED, SENT, FAILED = 0, 1, 2, 3
local RETRY, SKIPPED, UNKNOWN, CANCELLED = 4, 5, 6, 7
local MAX_ATTEMPTS = 15

local LEGAL = {
  [PENDING] = { [CLAIMED] = true, [UNKNOWN] = true, [CANCELLED] = true },
  [CLAIMED] = {
    [CLAIMED] = true, [SENT] = true, [FAILED] = true, [RETRY] = true, [SKIPPED] = true, [UNKNOWN] = true,
  },
  [RETRY] = { [CLAIMED] = true, [UNKNOWN] = true, [CANCELLED] = true },
}
-- What a mirrored chunk says happened, told to a ledger that forgot it.
local LEGAL_WHEN_RESTORING = {
  [PENDING] = { [SENT] = true, [FAILED] = true, [SKIPPED] = true, [UNKNOWN] = true, [CANCELLED] = true },
}
LEGAL_WHEN_RESTORING[CLAIMED] = LEGAL_WHEN_RESTORING[PENDING]
LEGAL_WHEN_RESTORING[RETRY] = LEGAL_WHEN_RESTORING[PENDING]

-- A person counts as the best of their channels; the first of these that any channel reached.
local BEST_FIRST = { SENT, UNKNOWN, FAILED, SKIPPED, CANCELLED }

local function isTerminal(state)
  return state ~= PENDING and state ~= CLAIMED and state ~= RETRY
end

local function nowMs()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- Loads the bytes of recipients from .. from + count - 1 in every channel; nil when there is no ledger.
local function loadRange(from, count)
  local facts = redis.call('HMGET', LEDGER, 'total', 'channels')
  local total, channels = tonumber(facts[1]), tonumber(facts[2])
  if not total then return nil end
  if from + count > total then count = total - from end
  local range = { from = from, count = count, total = total, channels = channels, rows = {}, dirty = {}, counts = {}, people = {} }
  for channel = 0, channels - 1 do
    local start = channel * total + from
    local bytes = redis.call('GETRANGE', STATES, start, start + count - 1)
    local row = {}
    for index = 1, count do row[index] = string.byte(bytes, index) or 0 end
    range.rows[channel] = row
  end
  return range
end

local function stateOf(range, channel, ordinal)
  local byte = range.rows[channel][ordinal - range.from + 1]
  if not byte then return nil end
  local state = byte % 16
  return state, (byte - state) / 16
end

local function holdOf(channel, ordinal)
  local hold = redis.call('HGET', HOLDS, channel .. ':' .. ordinal)
  if not hold then return nil, 0 end
  local claim, untilMs = string.match(hold, '^(%d+):(%d+)$')
  return claim, tonumber(untilMs)
end

local function hold(channel, ordinal, claim, untilMs)
  redis.call('HSET', HOLDS, channel .. ':' .. ordinal, string.format('%s:%.0f', claim, untilMs))
end

local function add(counts, name, by)
  counts[name] = (counts[name] or 0) + by
end

-- The state a person counts as, or nil while a channel of theirs is still to come.
local function bestOf(range, ordinal)
  local reached = {}
  for channel = 0, range.channels - 1 do
    local state = stateOf(range, channel, ordinal)
    if not isTerminal(state) then return nil end
    reached[state] = true
  end
  for _, state in ipairs(BEST_FIRST) do
    if reached[state] then return state end
  end
end

-- Moves one recipient of one channel; false, and nothing changed, when that is not legal.
local function move(range, channel, ordinal, to, attempts, legal)
  local from = stateOf(range, channel, ordinal)
  if not from or not (legal[from] and legal[from][to]) then return false end
  range.rows[channel][ordinal - range.from + 1] = to + 16 * math.max(0, math.min(attempts, MAX_ATTEMPTS))
  range.dirty[channel] = true
  add(range.counts, 'n' .. channel .. ':' .. from, -1)
  add(range.counts, 'n' .. channel .. ':' .. to, 1)
  if isTerminal(to) then
    redis.call('HDEL', HOLDS, channel .. ':' .. ordinal)
    local best = bestOf(range, ordinal)
    if best then
      add(range.people, 'p:' .. best, 1)
      range.finishedPeople = (range.finishedPeople or 0) + 1
    end
  end
  return true
end

-- People finished per second, smoothed over windows of a second: what an estimate of the end rests on.
local function measurePace(processed, now)
  local pace = redis.call('HMGET', LEDGER, 'paceAtMs', 'paceFrom', 'pacePerSecond')
  local elapsed = now - (tonumber(pace[1]) or now)
  if elapsed < 1000 then return end
  local latest = (processed - tonumber(pace[2])) * 1000 / elapsed
  local before = tonumber(pace[3])
  local smoothed = before and before * 0.6 + latest * 0.4 or latest
  redis.call('HSET', LEDGER, 'paceAtMs', now, 'paceFrom', processed, 'pacePerSecond', string.format('%.3f', smoothed))
end

-- Writes what was moved and decides "finished"; returns 1 once everybody is finished, else 0.
local function settle(range)
  for channel in pairs(range.dirty) do
    local chars = {}
    for index, byte in ipairs(range.rows[channel]) do chars[index] = string.char(byte) end
    redis.call('SETRANGE', STATES, channel * range.total + range.from, table.concat(chars))
  end
  for name, by in pairs(range.counts) do
    if by ~= 0 then redis.call('HINCRBY', LEDGER, name, by) end
  end
  for name, by in pairs(range.people) do redis.call('HINCRBY', LEDGER, name, by) end
  local processed = redis.call('HINCRBY', LEDGER, 'processed', range.finishedPeople or 0)
  if range.finishedPeople then
    local now = nowMs()
    measurePace(processed, now)
    if processed == range.total then redis.call('HSETNX', LEDGER, 'finishedAtMs', now) end
  end
  return processed == range.total and 1 or 0
end
