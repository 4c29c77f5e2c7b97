-- Creates a campaign's ledger with everybody pending, in place of one of an earlier round. It grants
-- no claims before it is activated.
-- KEYS    as in transitions.lua
-- ARGV    1 recipients  2 channels  3 chunks  4 epoch  5 mode: running, paused or cancelled  6 round
-- Returns 1, or 0 when there is a ledger of this round or a later one (left as it is).
-- Atomic, so that nobody sees a ledger without its counters. Cost: one allocation of a byte per
-- recipient and channel.
local round = redis.call('HGET', KEYS[1], 'round')
if round and tonumber(round) >= tonumber(ARGV[6]) then return 0 end
local total, channels = tonumber(ARGV[1]), tonumber(ARGV[2])
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5])
redis.call('SETRANGE', KEYS[2], total * channels - 1, '\0')
redis.call('HSET', KEYS[1], 'total', total, 'channels', channels, 'chunks', ARGV[3], 'epoch', ARGV[4],
  'mode', ARGV[5], 'round', ARGV[6], 'processed', 0, 'nextChunk', 0, 'doneChunks', 0)
for channel = 0, channels - 1 do
  redis.call('HSET', KEYS[1], 'n' .. channel .. ':0', total)
end
return 1
