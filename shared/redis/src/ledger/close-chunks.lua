-- Takes chunks off the list of open ones once nobody in them is left to send to and their states are
-- mirrored.
-- KEYS    as in transitions.lua
-- ARGV    for each chunk, at most some hundred: its number, first ordinal, recipients
-- Returns {chunks that are closed now, chunks still open, every chunk is closed 0/1}; {-1, 0, 0} when
--         there is no ledger. Closing twice is closing once.
-- Atomic, so that the last chunk is told exactly by the one who closes it, again when it repeats.
-- Bounded by the chunks.
local total, channels = factsOf().total, factsOf().channels
if not total then return { -1, 0, 0 } end

local function isFinished(from, count)
  for channel = 0, channels - 1 do
    local start = channel * total + from
    local row, first = redis.call('GETRANGE', STATES, start, start + count - 1), 1
    if #row < count then return false end
    while first <= count do
      if not RANK[string.byte(row, first) % 16] then return false end
      first = runEnd(row, first, count) + 1
    end
  end
  return true
end

local closed, newly = 0, 0
for index = 1, #ARGV, 3 do
  if isFinished(tonumber(ARGV[index + 1]), tonumber(ARGV[index + 2])) then
    closed = closed + 1
    redis.call('SREM', OPEN, ARGV[index])
    if redis.call('SETBIT', DONE, ARGV[index], 1) == 0 then newly = newly + 1 end
  end
end
local done = redis.call('HINCRBY', LEDGER, 'doneChunks', newly)
local isAll = done >= tonumber(redis.call('HGET', LEDGER, 'chunks'))
return { closed, redis.call('SCARD', OPEN), isAll and 1 or 0 }
