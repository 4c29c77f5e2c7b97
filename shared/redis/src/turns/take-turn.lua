-- Gives the turn at something to one asker at a time, numbered.
-- KEYS[1] who has the turn, KEYS[2] number of the last turn
-- ARGV    how long the turn lasts in ms, how long the number is kept in ms
-- Returns the number of the turn, 0 when somebody else has it.
-- Atomic, so that two turns never have one number or overlap.
-- Bounded: O(1); both keys expire.
if not redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) then return 0 end
local number = redis.call('INCR', KEYS[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return number
