-- Notes how far a group of followers has read, and that it is still there.
-- KEYS  groups (hash: name to <epoch>.<seq>), sightings (sorted set: name by the time in ms)
-- ARGV  the group's name; <epoch>.<seq>
-- Returns  1
-- Atomic because a place without its sighting would be taken for one of a group that is gone.
-- Constant cost.

local time = redis.call('TIME')
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000), ARGV[1])
return 1
