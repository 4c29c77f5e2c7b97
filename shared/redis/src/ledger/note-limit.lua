-- Notes what a campaign's senders wait for, for whoever looks at its progress.
-- KEYS    as in transitions.lua
-- ARGV    1 name of the limit  2 ms for which it is worth telling
-- Returns 1; 0 when there is no ledger.
-- Atomic, so that no ledger comes into being by a note. Bounded: two fields of one hash.
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local time = redis.call('TIME')
local untilMs = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) + tonumber(ARGV[2])
redis.call('HSET', KEYS[1], 'limitedBy', ARGV[1], 'limitedUntilMs', string.format('%.0f', untilMs))
return 1
