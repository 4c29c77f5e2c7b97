-- A heartbeat: reads the log's clock by way of a write, which a primary that has lost its replicas
-- refuses (min-replicas-to-write) and a replica cannot do.
-- KEYS  clock, stream
-- ARGV  an epoch to use if a new one is needed
-- Returns  {epoch, seq, base}
-- Atomic because the reading must be one that a write was possible at. Constant cost.

local epoch, seq, base = read_clock(KEYS[1], KEYS[2], ARGV[1])
redis.call('HINCRBY', KEYS[1], 'beats', 1)
return { epoch, seq, base }
