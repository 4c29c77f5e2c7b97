-- Ends a claim on an idempotency key: keeps its answer, or forgets the key.
-- KEYS[1] hash: fingerprint, claim, answer
-- ARGV    claim, lifetime of the answer in ms (0 forgets), answer
-- Returns 1, or 0 when the claim was lost (its lease ended).
-- Atomic, so that a late holder cannot write over its successor.
-- Bounded: O(1); answers expire.
if redis.call('HGET', KEYS[1], 'claim') ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then
  redis.call('DEL', KEYS[1])
else
  redis.call('HSET', KEYS[1], 'answer', ARGV[3])
  redis.call('HDEL', KEYS[1], 'claim')
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 1
