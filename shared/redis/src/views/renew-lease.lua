-- Prolongs a lease, if it is still its holder's.
-- KEYS  lease
-- ARGV  holder, lifetime in ms
-- Returns  1 if prolonged, 0 if it had gone to somebody else
-- Atomic because between a look and a write the lease may expire and be taken by another.
-- Constant cost.

if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
