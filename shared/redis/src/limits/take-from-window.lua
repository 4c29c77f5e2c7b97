-- Hands out up to `wanted` of what is left of a limit's window.
-- KEYS[1] counter of one person's or address's window
-- ARGV    wanted, limit, lifetime in ms
-- Returns {granted, taken by all}.
-- Atomic, so that processes together are never handed more than the limit.
-- Bounded: O(1); the counter expires with its window.
local taken = tonumber(redis.call('GET', KEYS[1]) or '0')
local granted = math.max(0, math.min(tonumber(ARGV[1]), tonumber(ARGV[2]) - taken))
if granted > 0 then
  taken = redis.call('INCRBY', KEYS[1], granted)
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return {granted, taken}
