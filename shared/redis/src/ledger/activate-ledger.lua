-- Lets a ledger grant claims to workers that know this life of Redis, after whatever an earlier life
-- lost has been told to it again.
-- KEYS    as in transitions.lua
-- ARGV    1 run id of this Redis process  2 round
-- Returns 1; 0 when there is no ledger of this round.
-- Atomic, because claim numbers continue from the clock at the same instant: a Redis that lost its
-- last second would otherwise hand out numbers again that a forgotten claim still names. Bounded: a
-- few fields of one hash.
local facts = redis.call('HMGET', KEYS[1], 'run', 'round', 'claimNumber', 'processed')
if facts[2] ~= ARGV[2] then return 0 end
if facts[1] == ARGV[1] then return 1 end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local before = tonumber(facts[3] or 0)
redis.call('HSET', KEYS[1], 'run', ARGV[1], 'claimNumber', string.format('%.0f', math.max(now, before)),
  'paceAtMs', math.floor(now / 1000), 'paceFrom', facts[4])
return 1
