-- Grants nothing of a limit for a while: what a provider that says "too many" asks for.
-- KEYS[1] as in take-from-buckets.lua
-- ARGV    ms, the largest tolerance in microseconds that the bucket is asked with
-- Returns 1.
-- Atomic, so that a longer wait is never shortened. Bounded: O(1); the key expires.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local arrival = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now + tonumber(ARGV[1]) * 1000 + tonumber(ARGV[2]))
redis.call('SET', KEYS[1], string.format('%.3f', arrival), 'PX', math.ceil((arrival - now) / 1000) + 1000)
return 1
