-- Pauses, resumes or cancels: claims of earlier epochs are refused from here on; commits are not.
-- KEYS    as in transitions.lua
-- ARGV    1 epoch  2 mode: running, paused or cancelled
-- Returns 1; 0 when this epoch or a later one is known already; -1 when there is no ledger.
-- Atomic, so that epoch and mode are never seen apart. Bounded: a few fields of one hash.
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if not epoch then return -1 end
if tonumber(ARGV[1]) <= tonumber(epoch) then return 0 end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'mode', ARGV[2],
  'paceAtMs', tonumber(time[1]) * 1000, 'paceFrom', redis.call('HGET', KEYS[1], 'processed'))
redis.call('HDEL', KEYS[1], 'pacePerSecond')
return 1
