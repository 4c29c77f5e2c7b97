-- Gives a lease back, if it is still its holder's, and wakes those who wait for it.
-- KEYS  lease
-- ARGV  holder, channel, what to say there
-- Returns  1 if it was given back, 0 if it had gone to somebody else
-- Atomic because between a look and a delete the lease may expire and be taken by another.
-- Constant cost.

if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', ARGV[2], ARGV[3])
return 1
