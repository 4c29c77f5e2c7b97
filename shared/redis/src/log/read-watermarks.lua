-- Reads when each tag was last named by a row.
-- KEYS  clock, stream, then the watermark of each tag
-- ARGV  an epoch to use if a new one is needed
-- Returns  {epoch, seq, base, mark, …}: 0 for a tag that no row named within a watermark's lifetime
-- Atomic because the marks must be those of the epoch and seq they come with. Bounded by the tags of
-- one view (the caller's to bound).

local epoch, seq, base = read_clock(KEYS[1], KEYS[2], ARGV[1])
local reply = { epoch, seq, base }
for i = 3, #KEYS do
  reply[i + 1] = tonumber(redis.call('GET', KEYS[i]) or '0')
end
return reply
