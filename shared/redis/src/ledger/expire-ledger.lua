-- Lets a round's ledger be forgotten after a while.
-- KEYS    as in transitions.lua
-- ARGV    1 round  2 ms
-- Returns 1, or 0 when there is no ledger, or one of another round: that is left as it is.
-- Atomic, so that the ledger of a round that has just begun stays. Bounded: the keys.
if redis.call('HGET', KEYS[1], 'round') ~= ARGV[1] then return 0 end
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[2]) end
return 1
