-- Lets a ledger grant claims to workers that know this life of Redis, after whatever an earlier life
-- lost has been told to it again.
-- KEYS    as in transitions.lua
-- ARGV    1 run id of this Redis process
-- Returns 1; 0 when there is no ledger.
-- Atomic, because claim numbers continue from the clock at the same instant: a Redis that lost its
-- last second would otherwise hand out numbers again that a forgotten claim still names. Bounded: a
-- few fields of one hash.
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if redis.call('HGET', KEYS[1], 'run') == ARGV[1] then return 1 end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local before = tonumber(redis.call('HGET', KEYS[1], 'claimNumber') or 0)
redis.call('HSET', KEYS[1], 'run', ARGV[1], 'claimNumber', string.format('%.0f', math.max(now, before)),
  'paceAtMs', math.floor(now / 1000), 'paceFrom', redis.call('HGET', KEYS[1], 'processed'))
return 1
