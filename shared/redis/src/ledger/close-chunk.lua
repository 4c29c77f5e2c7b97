-- Takes a chunk off the list of open ones once nobody in it is left to send to and its states are
-- mirrored.
-- KEYS    as in transitions.lua
-- ARGV    1 chunk  2 its first ordinal  3 its recipients
-- Returns {closed 0/1, every chunk is closed 0/1}; {-1, 0} when there is no ledger. Closing twice is
--         closing once.
-- Atomic, so that the last chunk is told exactly by the one who closes it, again when it repeats.
-- Bounded by the chunk.
local range = loadRange(tonumber(ARGV[2]), tonumber(ARGV[3]))
if not range then return { -1, 0 } end
for channel = 0, range.channels - 1 do
  for ordinal = range.from, range.from + range.count - 1 do
    if not isTerminal((stateOf(range, channel, ordinal))) then return { 0, 0 } end
  end
end
redis.call('SREM', OPEN, ARGV[1])
if redis.call('SETBIT', DONE, ARGV[1], 1) == 0 then redis.call('HINCRBY', LEDGER, 'doneChunks', 1) end
local facts = redis.call('HMGET', LEDGER, 'doneChunks', 'chunks')
return { 1, tonumber(facts[1]) >= tonumber(facts[2]) and 1 or 0 }
