-- Begins a new epoch: everything cached is void, relays append what this log lacks.
-- KEYS  clock, stream
-- ARGV  the new epoch; the epoch to be replaced ('' for whichever it is)
-- Returns  {epoch, seq, base}: the new one, or the present one when another was to be replaced
-- Atomic (compare and set): of several that ask at once, one rotates. Constant cost.

local epoch, seq, base = read_clock(KEYS[1], KEYS[2], ARGV[1])
if epoch ~= ARGV[1] and (ARGV[2] == '' or ARGV[2] == epoch) then
  epoch, seq, base = rotate(KEYS[1], KEYS[2], ARGV[1])
end
return { epoch, seq, base }
