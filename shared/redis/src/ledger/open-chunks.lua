-- Opens chunks until `window` of them are outstanding. The queue is filled from its answer, so what
-- the queue lost can be added again.
-- KEYS    as in transitions.lua
-- ARGV    1 run  2 epoch  3 window  4 `all` to be told every open chunk, `new` only those just opened
-- Returns chunk numbers; none when the ledger is not running, of another epoch, or of another run.
-- Atomic, so that two producers never exceed the window together. Bounded by the window, and by one
-- pass over chunks that were restored as done.
local facts = redis.call('HMGET', KEYS[1], 'run', 'epoch', 'mode', 'nextChunk', 'chunks')
if facts[1] ~= ARGV[1] or facts[2] ~= ARGV[2] or facts[3] ~= 'running' then return {} end
local nextChunk, chunks = tonumber(facts[4]), tonumber(facts[5])
local room = tonumber(ARGV[3]) - redis.call('SCARD', KEYS[4])
local opened = {}
while room > 0 and nextChunk < chunks do
  if redis.call('GETBIT', KEYS[5], nextChunk) == 0 then
    redis.call('SADD', KEYS[4], nextChunk)
    opened[#opened + 1] = nextChunk
    room = room - 1
  end
  nextChunk = nextChunk + 1
end
redis.call('HSET', KEYS[1], 'nextChunk', nextChunk)
if ARGV[4] == 'all' then return redis.call('SMEMBERS', KEYS[4]) end
return opened
