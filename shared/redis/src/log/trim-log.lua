-- Deletes rows that are old and that every group has read.
-- KEYS  clock, stream, groups (hash: name to <epoch>.<seq>), checkpoints (sorted set: <epoch>.<seq> by
--       the time in ms at which that was the last row)
-- ARGV  an epoch to use if a new one is needed; how long rows are kept in ms; how many to delete at most
-- Returns  the number of rows deleted
-- Atomic because a group that goes back (a new epoch makes it begin again) must not find rows deleted
-- between the look at its position and the deletion. Bounded by ARGV; call again when that was reached.

local epoch, seq = read_clock(KEYS[1], KEYS[2], ARGV[1])
local time = redis.call('TIME')
local now_ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

-- NX: a place is as old as its first sighting.
redis.call('ZADD', KEYS[4], 'NX', now_ms, epoch .. '.' .. string.format('%.0f', seq))
local old = redis.call('ZREVRANGEBYSCORE', KEYS[4], now_ms - tonumber(ARGV[2]), '-inf',
  'WITHSCORES', 'LIMIT', 0, 1)
if not old[1] then
  return 0
end
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', '(' .. old[2])

-- A place of another epoch is nowhere in this one.
local function seq_here(place)
  local place_epoch, place_seq = string.match(place, '^(.*)%.(%d+)$')
  return place_epoch == epoch and tonumber(place_seq) or 0
end

local last = seq_here(old[1])
for _, place in ipairs(redis.call('HVALS', KEYS[3])) do
  last = math.min(last, seq_here(place))
end
local first = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
if not first then
  return 0
end
last = math.min(last, tonumber(string.match(first[1], '^%d+')) + tonumber(ARGV[3]) - 1)
return redis.call('XTRIM', KEYS[2], 'MINID', '=', string.format('%.0f-0', last + 1))
