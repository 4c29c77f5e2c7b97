-- Reads the log's clock. Writes only to make or rotate it.
-- KEYS  clock, stream
-- ARGV  an epoch to use if a new one is needed
-- Returns  {epoch, seq, base}
-- Atomic because a number means nothing without the epoch it was read under. Constant cost.

local epoch, seq, base = read_clock(KEYS[1], KEYS[2], ARGV[1])
return { epoch, seq, base }
