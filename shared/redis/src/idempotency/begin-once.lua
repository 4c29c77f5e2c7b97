-- Claims an idempotency key, or tells what became of it.
-- KEYS[1] hash: fingerprint, claim, answer
-- ARGV    fingerprint, claim, lease of a claim in ms
-- Returns {'begun'} | {'other-request'} | {'in-flight'} | {'done', answer}.
-- Atomic, so that of simultaneous requests one begins.
-- Bounded: O(1); a claim whose holder died ends with its lease.
local kept = redis.call('HMGET', KEYS[1], 'fingerprint', 'answer')
if not kept[1] then
  redis.call('HSET', KEYS[1], 'fingerprint', ARGV[1], 'claim', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  return {'begun'}
end
if kept[1] ~= ARGV[1] then return {'other-request'} end
if kept[2] then return {'done', kept[2]} end
return {'in-flight'}
