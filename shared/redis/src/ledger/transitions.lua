-- The states of a campaign's recipients and the only function that changes them. Placed before each
-- script of this folder that moves recipients, so that every byte and every counter changes here.
--
-- KEYS   1 ledger: hash of facts and counters     2 states: one byte per channel and recipient, at
--        channel * total + ordinal                3 holds: hash <channel>:<block of 100 ordinals> ->
--        <first>,<count>,<claim>,<until>;...      4 open: set of chunks handed to a queue
--        5 done: bitmap of chunks that are mirrored
-- A byte is state + 16 * attempts. A hold names who may commit claimed recipients and until when the
-- claim lasts, or (claim 0) when recipients in retry-wait fall due; neighbours that are held alike
-- share one. Times are ms of this server.
-- Atomic, because a counter and the byte that it counts must never be seen apart.
-- Bounded by the range that a script loads: a chunk, or a slice of some thousand recipients.
local LEDGER, STATES, HOLDS, OPEN, DONE = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]

local PENDING, CLAIMED, SENT, FAILED = 0, 1, 2, 3
local RETRY, SKIPPED, UNKNOWN, CANCELLED = 4, 5, 6, 7
local MAX_ATTEMPTS = 15
local BLOCK = 100

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

-- A person counts as the best of their channels; the first of these that any channel reached. Only
-- what is terminal has a rank.
local BEST_FIRST = { SENT, UNKNOWN, FAILED, SKIPPED, CANCELLED }
local RANK = {}
for rank, state in ipairs(BEST_FIRST) do RANK[state] = rank end

local function isTerminal(state)
  return RANK[state] ~= nil
end

local now
local function nowMs()
  if not now then
    local time = redis.call('TIME')
    now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  end
  return now
end

-- What the ledger says of the whole campaign; total is nil when there is none.
local facts
local function factsOf()
  if not facts then
    local read = redis.call('HMGET', LEDGER, 'total', 'channels', 'mode', 'run', 'epoch')
    facts = { total = tonumber(read[1]), channels = tonumber(read[2]), mode = read[3], run = read[4], epoch = read[5] }
  end
  return facts
end

-- Lua's pattern for any byte but this one.
local OTHER = {}
local function otherThan(byte)
  if not OTHER[byte] then
    local char = string.char(byte)
    OTHER[byte] = byte == 0 and '[^%z]' or string.find(char, '%a') and '[^' .. char .. ']' or '[^%' .. char .. ']'
  end
  return OTHER[byte]
end

-- The last place, up to `last`, of the equal bytes that begin at `first`. Recipients mostly share their
-- fate with their neighbours, so all below goes by stretches of them.
local function runEnd(text, first, last)
  local other = string.find(text, otherThan(string.byte(text, first)), first)
  return other and math.min(other - 1, last) or last
end

-- Loads the bytes of recipients from .. from + count - 1 in every channel; nil when there is no ledger.
local function loadRange(from, count)
  local total, channels = factsOf().total, factsOf().channels
  if not total then return nil end
  if from + count > total then count = total - from end
  local range = { from = from, count = count, last = from + count - 1, total = total, channels = channels,
    rows = {}, dirty = {}, moved = {}, people = {}, finishedPeople = 0, holds = {} }
  for channel = 0, channels - 1 do
    local start = channel * total + from
    local text = redis.call('GETRANGE', STATES, start, start + count - 1)
    range.rows[channel] = text .. string.rep('\0', count - #text)
    range.moved[channel] = {}
  end
  return range
end

-- The holds of one channel, of every block that the range touches: read once, at the first question.
local function holdsOf(range, channel)
  local holds = range.holds[channel]
  if holds then return holds end
  holds = { runs = {}, at = 1, dirty = {} }
  range.holds[channel] = holds
  for block = math.floor(range.from / BLOCK), math.floor(range.last / BLOCK) do
    local text = redis.call('HGET', HOLDS, channel .. ':' .. block)
    for first, count, claim, untilMs in string.gmatch(text or '', '(%d+),(%d+),(%d+),(%d+)') do
      first = tonumber(first)
      holds.runs[#holds.runs + 1] = { first = first, last = first + tonumber(count) - 1, claim = claim,
        untilMs = tonumber(untilMs) }
    end
  end
  return holds
end

-- Claim and time of a recipient's hold, none when nobody holds it, and up to whom that is so. Looks on
-- from where it looked last.
local function holdOf(range, channel, ordinal)
  local holds = holdsOf(range, channel)
  local runs, at = holds.runs, holds.at
  while at > 1 and runs[at - 1].last >= ordinal do at = at - 1 end
  while runs[at] and runs[at].last < ordinal do at = at + 1 end
  holds.at = at
  local run = runs[at]
  if not run then return nil, 0, range.last end
  if run.first > ordinal then return nil, 0, run.first - 1 end
  return run.claim, run.claim and run.untilMs or 0, run.last
end

-- Holds a stretch of recipients; with no claim they are held no longer.
local function hold(range, channel, first, last, claim, untilMs)
  local holds = holdsOf(range, channel)
  for block = math.floor(first / BLOCK), math.floor(last / BLOCK) do holds.dirty[block] = true end
  holdOf(range, channel, first)
  local same = holds.runs[holds.at]
  if same and same.first == first and same.last == last then
    same.claim, same.untilMs = claim, untilMs
    return
  end
  local kept, isIn = {}, false
  local function put()
    if not isIn and claim then
      kept[#kept + 1] = { first = first, last = last, claim = claim, untilMs = untilMs }
    end
    isIn = true
  end
  for _, run in ipairs(holds.runs) do
    if run.first < first then
      kept[#kept + 1] = { first = run.first, last = math.min(run.last, first - 1), claim = run.claim, untilMs = run.untilMs }
    end
    if run.last > last then
      put()
      kept[#kept + 1] = { first = math.max(run.first, last + 1), last = run.last, claim = run.claim, untilMs = run.untilMs }
    end
  end
  put()
  holds.runs, holds.at = kept, 1
end

-- Neighbours that are held alike become one entry, but none crosses a block.
local function writeHolds(channel, holds)
  local entries, latest = {}, nil
  for block in pairs(holds.dirty) do entries[block] = {} end
  for _, run in ipairs(holds.runs) do
    for block = math.floor(run.first / BLOCK), math.floor(run.last / BLOCK) do
      if run.claim and entries[block] then
        local first, last = math.max(run.first, block * BLOCK), math.min(run.last, block * BLOCK + BLOCK - 1)
        if latest and latest.block == block and latest.last + 1 == first and latest.claim == run.claim
          and latest.untilMs == run.untilMs then
          latest.last = last
        else
          latest = { block = block, first = first, last = last, claim = run.claim, untilMs = run.untilMs }
          entries[block][#entries[block] + 1] = latest
        end
      end
    end
  end
  for block, own in pairs(entries) do
    local texts = {}
    for index, entry in ipairs(own) do
      texts[index] = string.format('%d,%d,%s,%.0f', entry.first, entry.last - entry.first + 1, entry.claim, entry.untilMs)
    end
    local name = channel .. ':' .. block
    if #own == 0 then redis.call('HDEL', HOLDS, name) else redis.call('HSET', HOLDS, name, table.concat(texts, ';')) end
  end
end

-- The stretch of recipients from `ordinal` up to `last` that are alike in this channel, in byte and, as
-- far as they are held at all, in hold: its last one, state, attempts, claim and time of the hold.
local function stretchOf(range, channel, ordinal, last)
  local row, index = range.rows[channel], ordinal - range.from + 1
  local byte = string.byte(row, index)
  local state = byte % 16
  local finish = range.from + runEnd(row, index, last - range.from + 1) - 1
  local claim, untilMs, heldTo = nil, 0, finish
  if state == CLAIMED or state == RETRY then claim, untilMs, heldTo = holdOf(range, channel, ordinal) end
  return math.min(finish, heldTo), state, (byte - state) / 16, claim, untilMs
end

-- Counts the people of a stretch whose every channel is finished now.
local function countPeople(range, first, last)
  while first <= last do
    local finish, best = last, #BEST_FIRST
    for channel = 0, range.channels - 1 do
      local row, index = range.rows[channel], first - range.from + 1
      finish = math.min(finish, range.from + runEnd(row, index, last - range.from + 1) - 1)
      local rank = RANK[string.byte(row, index) % 16]
      if not rank then best = nil elseif best and rank < best then best = rank end
    end
    if best then
      local state, count = BEST_FIRST[best], finish - first + 1
      range.people[state] = (range.people[state] or 0) + count
      range.finishedPeople = range.finishedPeople + count
    end
    first = finish + 1
  end
end

-- Moves a stretch of recipients that are alike in one channel; returns how many, 0 and nothing changed
-- when that is not legal.
local function move(range, channel, first, last, to, attempts, legal)
  local row, index, count = range.rows[channel], first - range.from, last - first + 1
  local from = string.byte(row, index + 1) % 16
  if not (legal[from] and legal[from][to]) then return 0 end
  local byte = string.char(to + 16 * math.max(0, math.min(attempts, MAX_ATTEMPTS)))
  range.rows[channel] = string.sub(row, 1, index) .. string.rep(byte, count) .. string.sub(row, index + count + 1)
  range.dirty[channel] = true
  local moved = range.moved[channel]
  moved[from] = (moved[from] or 0) - count
  moved[to] = (moved[to] or 0) + count
  if RANK[to] then
    if from ~= PENDING then hold(range, channel, first, last, nil, nil) end
    countPeople(range, first, last)
  end
  return count
end

-- People finished per second, smoothed over windows of a second: what an estimate of the end rests on.
local function measurePace(processed, atMs)
  local pace = redis.call('HMGET', LEDGER, 'paceAtMs', 'paceFrom', 'pacePerSecond')
  local elapsed = atMs - (tonumber(pace[1]) or atMs)
  if elapsed < 1000 then return end
  local latest = (processed - tonumber(pace[2])) * 1000 / elapsed
  local before = tonumber(pace[3])
  local smoothed = before and before * 0.6 + latest * 0.4 or latest
  redis.call('HSET', LEDGER, 'paceAtMs', atMs, 'paceFrom', processed, 'pacePerSecond', string.format('%.3f', smoothed))
end

-- Writes what was moved and decides "finished"; returns 1 once everybody is finished, else 0.
local function settle(range)
  for channel in pairs(range.dirty) do
    redis.call('SETRANGE', STATES, channel * range.total + range.from, range.rows[channel])
    for state, by in pairs(range.moved[channel]) do
      if by ~= 0 then redis.call('HINCRBY', LEDGER, 'n' .. channel .. ':' .. state, by) end
    end
  end
  for channel, holds in pairs(range.holds) do writeHolds(channel, holds) end
  for state, by in pairs(range.people) do redis.call('HINCRBY', LEDGER, 'p:' .. state, by) end
  local processed = redis.call('HINCRBY', LEDGER, 'processed', range.finishedPeople)
  if range.finishedPeople > 0 then
    measurePace(processed, nowMs())
    if processed == range.total then redis.call('HSETNX', LEDGER, 'finishedAtMs', nowMs()) end
  end
  return processed == range.total and 1 or 0
end

-- The bytes of every channel of the range, one channel after another, as runs `<byte>,<count>;...`,
-- once nobody in it is left to send to; else an empty text.
local function endOf(range)
  local runs = {}
  for channel = 0, range.channels - 1 do
    local row, first = range.rows[channel], 1
    while first <= range.count do
      local byte, last = string.byte(row, first), runEnd(row, first, range.count)
      if not RANK[byte % 16] then return '' end
      runs[#runs + 1] = byte .. ',' .. (last - first + 1)
      first = last + 1
    end
  end
  return table.concat(runs, ';')
end
