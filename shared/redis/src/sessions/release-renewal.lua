-- Gives back the right to renew a session.
-- KEYS[1] lease
-- ARGV    token of the holder
-- Returns 1, or 0 when somebody else holds it by now.
-- Atomic, so that a late holder cannot give back its successor's lease.
-- Bounded: O(1).
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
